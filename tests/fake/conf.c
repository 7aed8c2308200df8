/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.c - a configuration tree for plugin tests: YAML, not checked against its table
 *
 * Gives what a test wrote, and the table's default for what it left out, at the
 * top of the file only.
 */
#include <vibemq/conf.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct VmqConf {
	yaml_document_t *document; /* owned by the root */
	yaml_node_t     *node;
	char            *path;
	const VmqOption *options; /* of the root */
	GPtrArray       *nodes;   /* what the root gave out */
};

/* The node of one key's value, NULL if it is not there. */
static yaml_node_t *
find(const VmqConf *conf, const char *key)
{
	for (yaml_node_pair_t *pair = conf->node->data.mapping.pairs.start;
	     pair < conf->node->data.mapping.pairs.top; pair++) {
		if (strcmp((char *) yaml_document_get_node(conf->document, pair->key)
		                   ->data.scalar.value,
		           key) == 0)
			return yaml_document_get_node(conf->document, pair->value);
	}
	return NULL;
}

static const char *
text_of(const VmqConf *conf, const char *key)
{
	const yaml_node_t *node = find(conf, key);

	if (node != NULL)
		return (const char *) node->data.scalar.value;
	for (const VmqOption *option = conf->options; option != NULL && option->key != NULL;
	     option++) {
		if (strcmp(option->key, key) == 0)
			return option->fallback;
	}
	return NULL;
}

static const VmqConf *
give(const VmqConf *conf, yaml_node_t *node)
{
	VmqConf *child = g_new0(VmqConf, 1);

	child->document = conf->document;
	child->node = node;
	child->path = conf->path;
	child->nodes = conf->nodes;
	g_ptr_array_add(conf->nodes, child);
	return child;
}

const char *
vmq_conf_get_string(const VmqConf *conf, const char *key)
{
	return text_of(conf, key);
}

bool
vmq_conf_get_bool(const VmqConf *conf, const char *key)
{
	return g_strcmp0(text_of(conf, key), "true") == 0;
}

int64_t
vmq_conf_get_int(const VmqConf *conf, const char *key)
{
	const char *text = text_of(conf, key);

	return text != NULL ? atoll(text) : 0;
}

const VmqConf *
vmq_conf_get(const VmqConf *conf, const char *key)
{
	yaml_node_t *node = find(conf, key);

	return node != NULL ? give(conf, node) : NULL;
}

unsigned
vmq_conf_length(const VmqConf *list)
{
	if (list->node->type == YAML_SCALAR_NODE)
		return 1;
	return (unsigned) (list->node->data.sequence.items.top -
	                   list->node->data.sequence.items.start);
}

const VmqConf *
vmq_conf_at(const VmqConf *list, unsigned i)
{
	if (list->node->type == YAML_SCALAR_NODE)
		return list;
	return give(list, yaml_document_get_node(list->document,
	                                         list->node->data.sequence.items.start[i]));
}

const char *
vmq_conf_scalar(const VmqConf *node)
{
	return (const char *) node->node->data.scalar.value;
}

VmqConf *
vmq_conf_load(const char *path, const VmqOption *options, GError **error)
{
	g_autofree char *text = NULL;
	gsize            size;
	yaml_parser_t    parser;

	if (!g_file_get_contents(path, &text, &size, error))
		return NULL;

	VmqConf *conf = g_new0(VmqConf, 1);

	conf->document = g_new0(yaml_document_t, 1);
	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *) text, size);
	if (yaml_parser_load(&parser, conf->document) == 0) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%zu:1: %s", path,
		            parser.problem_mark.line + 1, parser.problem);
		yaml_parser_delete(&parser);
		g_free(conf->document);
		g_free(conf);
		return NULL;
	}
	yaml_parser_delete(&parser);
	conf->node = yaml_document_get_root_node(conf->document);
	conf->path = g_strdup(path);
	conf->options = options;
	conf->nodes = g_ptr_array_new_with_free_func(g_free);
	return conf;
}

void
vmq_conf_free(VmqConf *conf)
{
	if (conf == NULL)
		return;
	g_ptr_array_unref(conf->nodes);
	yaml_document_delete(conf->document);
	g_free(conf->document);
	g_free(conf->path);
	g_free(conf);
}

void
vmq_conf_set_error(const VmqConf *conf, GError **error, const char *key, const char *format, ...)
{
	const yaml_node_t *node = key != NULL ? find(conf, key) : conf->node;
	va_list            args;

	va_start(args, format);

	g_autofree char *what = g_strdup_vprintf(format, args);

	va_end(args);
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%zu:%zu: %s%s%s", conf->path,
	            node->start_mark.line + 1, node->start_mark.column + 1, key != NULL ? key : "",
	            key != NULL ? ": " : "", what);
}
