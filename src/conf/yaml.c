/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c - YAML text to a tree */
#include "conf/yaml.h"

#include <string.h>
#include <yaml.h>

typedef struct {
	yaml_parser_t parser;
	yaml_event_t  event; /* the one being looked at */
	const char   *text;
	const char   *file;
	unsigned      depth, n_nodes;
} Reader;

static NodePlace
place_of(const Reader *reader, yaml_mark_t mark)
{
	return (NodePlace){reader->file, (unsigned) mark.line + 1, (unsigned) mark.column + 1};
}

/* libyaml tells bytes that are no UTF-8 by their offset only. */
static NodePlace
place_of_problem(const Reader *reader)
{
	if (reader->parser.error != YAML_READER_ERROR)
		return place_of(reader, reader->parser.problem_mark);

	const char *end = reader->text + reader->parser.problem_offset, *line = reader->text;
	unsigned    n = 1;

	for (const char *at = reader->text; at < end; at++) {
		if (*at == '\n') {
			line = at + 1;
			n++;
		}
	}
	return (NodePlace){reader->file, n, (unsigned) (end - line) + 1};
}

static bool
next_event(Reader *reader, GError **error)
{
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return true;
	node_set_error(place_of_problem(reader), error, "%s%s%s",
	               reader->parser.problem != NULL ? reader->parser.problem : "not readable",
	               reader->parser.context != NULL ? " " : "",
	               reader->parser.context != NULL ? reader->parser.context : "");
	return false;
}

/* ---- substitution ---- */

static bool
is_name(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isalnum(text[i]) && text[i] != '_')
			return false;
	return size > 0 && !g_ascii_isdigit(text[0]);
}

/* What stands between "${" and "}". */
static bool
append_variable(GString *out, const char *inside, size_t size, NodePlace place, GError **error)
{
	const char *dash = g_strstr_len(inside, (gssize) size, ":-");
	size_t      name_size = dash != NULL ? (size_t) (dash - inside) : size;

	if (!is_name(inside, name_size) || g_strstr_len(inside, (gssize) size, "${") != NULL) {
		node_set_error(place, error,
		               "\"${%.*s}\" is no variable: write ${NAME} or ${NAME:-default}, "
		               "and $$ for a dollar sign",
		               (int) MIN(size, 64), inside);
		return false;
	}

	g_autofree char *name = g_strndup(inside, name_size);
	const char      *value = g_getenv(name);

	if (value == NULL && dash == NULL) {
		node_set_error(place, error,
		               "the environment has no %s; set it or write ${%s:-default}", name,
		               name);
		return false;
	}
	if (value != NULL && (*value != '\0' || dash == NULL))
		g_string_append(out, value);
	else
		g_string_append_len(out, dash + 2, (gssize) (size - name_size - 2));
	return true;
}

static char *
substitute(const char *text, NodePlace place, GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (const char *at = text; *at != '\0'; at++) {
		const char *end = at[0] == '$' && at[1] == '{' ? strchr(at, '}') : NULL;

		if (at[0] == '$' && at[1] == '$') {
			g_string_append_c(out, '$');
			at++;
		} else if (at[0] == '$' && at[1] == '{') {
			if (end == NULL) {
				node_set_error(place, error,
				               "\"${\" without \"}\"; $$ is a dollar sign");
				return NULL;
			}
			if (!append_variable(out, at + 2, (size_t) (end - at - 2), place, error))
				return NULL;
			at = end;
		} else {
			g_string_append_c(out, *at);
		}
		if (out->len > YAML_MAX_TEXT) {
			node_set_error(place, error, "a value longer than %d bytes", YAML_MAX_TEXT);
			return NULL;
		}
	}
	if (!g_utf8_validate(out->str, (gssize) out->len, NULL)) {
		node_set_error(place, error, "with the variables put in, it is not UTF-8");
		return NULL;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- nodes ---- */

static VmqConf *read_node(Reader *reader, GError **error);

static bool
has_properties(const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
	if (event->type == YAML_MAPPING_START_EVENT)
		return event->data.mapping_start.anchor != NULL ||
		       event->data.mapping_start.tag != NULL;
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return event->data.sequence_start.anchor != NULL ||
		       event->data.sequence_start.tag != NULL;
	return event->type == YAML_ALIAS_EVENT;
}

/* What neither a key nor a value may be. */
static bool
is_readable(const Reader *reader, GError **error)
{
	const yaml_event_t *event = &reader->event;
	NodePlace           place = place_of(reader, event->start_mark);

	if (has_properties(event)) {
		node_set_error(place, error, "anchors, aliases and tags are not read here");
		return false;
	}
	if (event->type == YAML_SCALAR_EVENT &&
	    strlen((const char *) event->data.scalar.value) != event->data.scalar.length) {
		node_set_error(place, error, "a NUL byte has no place here");
		return false;
	}
	return true;
}

static bool
is_null(const yaml_event_t *event)
{
	const char *text = (const char *) event->data.scalar.value;

	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (*text == '\0' || g_str_equal(text, "~") || g_str_equal(text, "null"));
}

static VmqConf *
read_scalar(Reader *reader, GError **error)
{
	yaml_event_t *event = &reader->event;
	NodePlace     place = place_of(reader, event->start_mark);

	if (is_null(event))
		return node_new_scalar(NULL, place);

	g_autofree char *text = substitute((const char *) event->data.scalar.value, place, error);

	if (text == NULL)
		return NULL;

	/* "key: ${VAR:-}" is "key:" when there is no VAR. */
	bool is_empty = *text == '\0' && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	return node_new_scalar(is_empty ? NULL : text, place);
}

/* The event is the key; leaves the value's last event. */
static bool
read_pair(Reader *reader, VmqConf *mapping, GError **error)
{
	NodePlace place = place_of(reader, reader->event.start_mark);

	if (!is_readable(reader, error))
		return false;
	if (reader->event.type != YAML_SCALAR_EVENT) {
		node_set_error(place, error, "a key is plain text");
		return false;
	}

	g_autofree char *key = g_strdup((const char *) reader->event.data.scalar.value);
	NodeEntry       *twin = node_find(mapping, key);

	if (twin != NULL) {
		node_set_error(place, error, "\"%s\" is here twice; the first one is in line %u",
		               key, twin->place.line);
		return false;
	}
	if (!next_event(reader, error))
		return false;

	VmqConf *value = read_node(reader, error);

	if (value == NULL)
		return false;
	node_add(mapping, key, place, value);
	return true;
}

static bool
read_item(Reader *reader, VmqConf *sequence, GError **error)
{
	NodePlace place = place_of(reader, reader->event.start_mark);
	VmqConf  *value = read_node(reader, error);

	if (value == NULL)
		return false;
	node_add(sequence, NULL, place, value);
	return true;
}

static VmqConf *
read_collection(Reader *reader, GError **error)
{
	bool              is_mapping = reader->event.type == YAML_MAPPING_START_EVENT;
	yaml_event_type_t end = is_mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	g_autoptr(VmqConf) node = node_new(is_mapping ? NODE_MAPPING : NODE_SEQUENCE,
	                                   place_of(reader, reader->event.start_mark));

	if (++reader->depth > YAML_MAX_DEPTH) {
		node_set_error(node->place, error, "nested deeper than %d levels", YAML_MAX_DEPTH);
		return NULL;
	}
	for (;;) {
		if (!next_event(reader, error))
			return NULL;
		if (reader->event.type == end)
			break;
		if (is_mapping ? !read_pair(reader, node, error) : !read_item(reader, node, error))
			return NULL;
	}
	reader->depth--;
	return g_steal_pointer(&node);
}

static VmqConf *
read_node(Reader *reader, GError **error)
{
	NodePlace place = place_of(reader, reader->event.start_mark);

	if (!is_readable(reader, error))
		return NULL;
	if (++reader->n_nodes > YAML_MAX_NODES) {
		node_set_error(place, error, "more than %d values", YAML_MAX_NODES);
		return NULL;
	}
	if (reader->event.type == YAML_SCALAR_EVENT)
		return read_scalar(reader, error);
	return read_collection(reader, error);
}

/* ---- the document ---- */

static VmqConf *
read_document(Reader *reader, GError **error)
{
	NodePlace top = {reader->file, 1, 1};

	if (!next_event(reader, error) || !next_event(reader, error))
		return NULL; /* the stream's start, and the document's or the stream's end */
	if (reader->event.type == YAML_STREAM_END_EVENT)
		return node_new(NODE_MAPPING, top);
	if (!next_event(reader, error))
		return NULL;

	g_autoptr(VmqConf) root = read_node(reader, error);

	if (root == NULL)
		return NULL;
	if (!next_event(reader, error) || !next_event(reader, error))
		return NULL;
	if (reader->event.type != YAML_STREAM_END_EVENT) {
		node_set_error(place_of(reader, reader->event.start_mark), error,
		               "a second document; one file is one document");
		return NULL;
	}
	if (root->kind == NODE_SCALAR && root->text == NULL)
		return node_new(NODE_MAPPING, top);
	if (root->kind != NODE_MAPPING) {
		node_set_error(root->place, error, "a configuration is \"key: value\" lines");
		return NULL;
	}
	return g_steal_pointer(&root);
}

VmqConf *
yaml_read(const char *text, size_t size, const char *file, GError **error)
{
	Reader reader = {.text = size > 0 ? text : "", .file = g_intern_string(file)};

	if (size > YAML_MAX_BYTES) {
		node_set_error((NodePlace){reader.file, 0, 0}, error, "longer than %d bytes",
		               YAML_MAX_BYTES);
		return NULL;
	}
	if (!yaml_parser_initialize(&reader.parser))
		g_error("out of memory");
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *) reader.text, size);

	VmqConf *root = read_document(&reader, error);

	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return root;
}
