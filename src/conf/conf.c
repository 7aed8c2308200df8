/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c - checking a tree against tables of options, and reading what was checked */
#include "conf/conf.h"

#include "conf/nearest.h"
#include "conf/node.h"
#include "conf/value.h"

#include <string.h>

/* ---- tables ---- */

static const VmqOption *
find_option(const VmqOption *options, const char *key)
{
	for (; options != NULL && options->key != NULL; options++)
		if (g_str_equal(options->key, key))
			return options;
	return NULL;
}

/* Keys of a plugin's section that are the broker's. */
static const VmqOption plugin_keys[] = {
	{.key = "name", .type = VMQ_OPTION_STRING, .required = true, .help = "which plugin"},
	{.key = "path",
         .type = VMQ_OPTION_STRING,
         .help = "its file, if it is not where plugins are"},
	VMQ_OPTIONS_END,
};

static void
complain_unknown(const NodeEntry *entry, const VmqOption *options, bool is_plugin, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	for (const VmqOption *option = options; option != NULL && option->key != NULL; option++)
		g_ptr_array_add(words, (char *) option->key);
	for (const VmqOption *option = plugin_keys; is_plugin && option->key != NULL; option++)
		g_ptr_array_add(words, (char *) option->key);
	g_ptr_array_add(words, NULL);

	const char      *near = nearest_word(entry->key, (const char *const *) words->pdata);
	g_autofree char *all = g_strjoinv(", ", (char **) words->pdata);

	if (near != NULL)
		node_set_error(entry->place, error, "unknown key \"%s\", did you mean \"%s\"?",
		               entry->key, near);
	else
		node_set_error(entry->place, error, "unknown key \"%s\", the keys here are %s",
		               entry->key, all);
}

/* ---- values ---- */

static bool
check_number(const VmqConf *node, const VmqOption *option, GError **error)
{
	int64_t     value;
	const char *complaint;

	if (!value_parse(option->type, node->text, &value, &complaint)) {
		node_set_error(node->place, error, "%s: \"%s\" will not do: %s", option->key,
		               node->text, complaint);
		return false;
	}
	if ((option->min != 0 || option->max != 0) &&
	    (value < option->min || value > option->max)) {
		g_autofree char *least = value_format(option->type, option->min);
		g_autofree char *most = value_format(option->type, option->max);

		node_set_error(node->place, error, "%s: %s is out of range, which is %s to %s",
		               option->key, node->text, least, most);
		return false;
	}
	return true;
}

static bool
check_choice(const VmqConf *node, const VmqOption *option, GError **error)
{
	if (g_strv_contains(option->choices, node->text))
		return true;

	g_autofree char *choices = g_strjoinv(", ", (char **) option->choices);
	const char      *near = nearest_word(node->text, option->choices);

	node_set_error(node->place, error, "%s: \"%s\" is none of %s%s%s%s", option->key,
	               node->text, choices, near != NULL ? "; did you mean \"" : "",
	               near != NULL ? near : "", near != NULL ? "\"?" : "");
	return false;
}

static bool
check_length(const VmqConf *node, const VmqOption *option, GError **error)
{
	size_t size = strlen(node->text);

	if (option->max == 0 || size <= (size_t) option->max)
		return true;
	node_set_error(node->place, error, "%s: has %zu bytes, %" G_GINT64_FORMAT " are the most",
	               option->key, size, option->max);
	return false;
}

static bool
check_scalar(const VmqConf *node, const VmqOption *option, GError **error)
{
	if (node->kind != NODE_SCALAR) {
		node_set_error(node->place, error, "%s: takes one value, not a %s", option->key,
		               node->kind == NODE_MAPPING ? "section" : "list");
		return false;
	}
	if (node->text == NULL)
		return true; /* "key:" with nothing behind it is as if it were not there */
	if (option->type == VMQ_OPTION_ENUM)
		return check_choice(node, option, error);
	if (option->type == VMQ_OPTION_ADDRESS && !value_is_address(node->text)) {
		node_set_error(node->place, error,
		               "%s: \"%s\" is not an address: write host:port, 192.0.2.1:1883 or "
		               "[2001:db8::1]:1883",
		               option->key, node->text);
		return false;
	}
	if (option->type == VMQ_OPTION_STRING)
		return check_length(node, option, error);
	if (option->type == VMQ_OPTION_ADDRESS)
		return true;
	return check_number(node, option, error);
}

static bool
check_list(NodeEntry *entry, const VmqOption *option, GError **error)
{
	VmqConf *node = entry->value;

	if (node->kind == NODE_MAPPING) {
		node_set_error(node->place, error, "%s: takes a list, not a section", option->key);
		return false;
	}
	if (node->kind == NODE_SCALAR) {
		VmqConf *list = node_new(NODE_SEQUENCE, node->place);

		if (node->text != NULL)
			node_add(list, NULL, node->place, node);
		else
			vmq_conf_free(node);
		entry->value = list;
		return true;
	}
	for (unsigned i = 0; i < node_length(node); i++) {
		const VmqConf *item = node_entry(node, i)->value;

		if (item->kind != NODE_SCALAR || item->text == NULL) {
			node_set_error(item->place, error, "%s: takes a list of plain values",
			               option->key);
			return false;
		}
	}
	return true;
}

/* Items with the same name are one plugin, user or role that was written twice. */
static bool
check_twins(const VmqConf *list, const VmqOption *option, GError **error)
{
	g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < node_length(list); i++) {
		VmqConf    *item = node_entry(list, i)->value;
		const char *name = conf_text(item, "name");
		VmqConf    *twin = name != NULL ? g_hash_table_lookup(places, name) : NULL;

		if (twin != NULL) {
			node_set_error(item->place, error,
			               "%s: \"%s\" is here twice; the first one is in line %u",
			               option->key, name, twin->place.line);
			return false;
		}
		if (name != NULL)
			g_hash_table_insert(places, (char *) name, item);
	}
	return true;
}

static bool
check_sections(VmqConf *node, const VmqOption *option, GError **error)
{
	if (node->kind == NODE_SCALAR && node->text == NULL)
		return true;
	if (node->kind != NODE_SEQUENCE) {
		node_set_error(node->place, error,
		               "%s: takes a list, each item beginning with \"- \"", option->key);
		return false;
	}
	for (unsigned i = 0; i < node_length(node); i++) {
		VmqConf *item = node_entry(node, i)->value;

		if (item->kind != NODE_MAPPING) {
			node_set_error(item->place, error,
			               "%s: each item is a section: \"- key: value\"", option->key);
			return false;
		}
		/* Without a table it is somebody else's to check: a plugin's. */
		if (option->section != NULL && !conf_check(item, option->section, error))
			return false;
	}
	return check_twins(node, option, error);
}

static bool
check_section(NodeEntry *entry, const VmqOption *option, GError **error)
{
	VmqConf *node = entry->value;

	if (node->kind == NODE_SCALAR && node->text == NULL) {
		entry->value = node_new(NODE_MAPPING, node->place);
		vmq_conf_free(node);
		node = entry->value;
	}
	if (node->kind != NODE_MAPPING) {
		node_set_error(node->place, error,
		               "%s: takes a section, \"key: value\" lines below it", option->key);
		return false;
	}
	return conf_check(node, option->section, error);
}

static bool
check_entry(NodeEntry *entry, const VmqOption *option, GError **error)
{
	switch (option->type) {
	case VMQ_OPTION_STRING:
	case VMQ_OPTION_BOOL:
	case VMQ_OPTION_INT:
	case VMQ_OPTION_DURATION:
	case VMQ_OPTION_SIZE:
	case VMQ_OPTION_ADDRESS:
	case VMQ_OPTION_ENUM:
		return check_scalar(entry->value, option, error);
	case VMQ_OPTION_LIST:
		return check_list(entry, option, error);
	case VMQ_OPTION_SECTION:
		return check_section(entry, option, error);
	case VMQ_OPTION_SECTIONS:
		return check_sections(entry->value, option, error);
	}
	g_assert_not_reached();
}

static bool
has_required(const VmqOption *options)
{
	for (; options->key != NULL; options++)
		if (options->required)
			return true;
	return false;
}

/*
 * What was left out: an error if it is required; a section, empty, unless it cannot
 * be empty.
 */
static bool
fill_in(VmqConf *mapping, const VmqOption *option, GError **error)
{
	NodeEntry *entry = node_find(mapping, option->key);

	g_assert(option->fallback == NULL || option->type < VMQ_OPTION_LIST);
	if (option->required && (entry == NULL || !node_has_value(entry->value))) {
		node_set_error(mapping->place, error, "\"%s\" is missing: %s", option->key,
		               option->help);
		return false;
	}
	if (entry == NULL && option->type == VMQ_OPTION_SECTION && !has_required(option->section)) {
		VmqConf *empty = node_new(NODE_MAPPING, mapping->place);

		node_add(mapping, option->key, mapping->place, empty);
		return conf_check(empty, option->section, error);
	}
	return true;
}

static bool
check_mapping(VmqConf *mapping, const VmqOption *options, bool is_plugin, GError **error)
{
	for (unsigned i = 0; i < node_length(mapping); i++) {
		NodeEntry       *entry = node_entry(mapping, i);
		const VmqOption *option = find_option(options, entry->key);

		if (option == NULL && is_plugin)
			option = find_option(plugin_keys, entry->key);
		if (option == NULL) {
			complain_unknown(entry, options, is_plugin, error);
			return false;
		}
		if (!check_entry(entry, option, error))
			return false;
	}
	for (const VmqOption *option = options; option != NULL && option->key != NULL; option++)
		if (!fill_in(mapping, option, error))
			return false;
	if (is_plugin && !fill_in(mapping, &plugin_keys[0], error))
		return false;
	mapping->options = options;
	return true;
}

bool
conf_check(VmqConf *mapping, const VmqOption *options, GError **error)
{
	return check_mapping(mapping, options, false, error);
}

bool
conf_check_section(VmqConf *section, const VmqOption *options, GError **error)
{
	return check_mapping(section, options, true, error);
}

/* ---- reading ---- */

const char *
conf_text(const VmqConf *mapping, const char *key)
{
	NodeEntry *entry = node_find(mapping, key);

	return entry != NULL ? entry->value->text : NULL;
}

/* What was written, or what the table says; asking for what no table declares is a bug. */
static const char *
text_of(const VmqConf *conf, const char *key, const VmqOption **option)
{
	const char *text = conf_text(conf, key);

	*option = find_option(conf->options, key);
	g_assert(*option != NULL);
	return text != NULL ? text : (*option)->fallback;
}

const char *
vmq_conf_get_string(const VmqConf *conf, const char *key)
{
	const VmqOption *option;

	return text_of(conf, key, &option);
}

int64_t
vmq_conf_get_int(const VmqConf *conf, const char *key)
{
	const VmqOption *option;
	const char      *text = text_of(conf, key, &option), *complaint;
	int64_t          value = 0;

	if (text != NULL && !value_parse(option->type, text, &value, &complaint))
		g_error("the default of %s: %s", key, complaint);
	return value;
}

bool
vmq_conf_get_bool(const VmqConf *conf, const char *key)
{
	return vmq_conf_get_int(conf, key) != 0;
}

bool
vmq_conf_has(const VmqConf *conf, const char *key)
{
	NodeEntry *entry = node_find(conf, key);

	g_assert(find_option(conf->options, key) != NULL);
	return entry != NULL && node_has_value(entry->value) &&
	       (entry->value->kind != NODE_MAPPING || node_length(entry->value) > 0);
}

const VmqConf *
vmq_conf_get(const VmqConf *conf, const char *key)
{
	NodeEntry *entry = node_find(conf, key);

	g_assert(find_option(conf->options, key) != NULL);
	return entry != NULL && node_has_value(entry->value) ? entry->value : NULL;
}

unsigned
vmq_conf_length(const VmqConf *list)
{
	return node_length(list);
}

const VmqConf *
vmq_conf_at(const VmqConf *list, unsigned i)
{
	return node_entry(list, i)->value;
}

const char *
vmq_conf_scalar(const VmqConf *node)
{
	return node->text;
}

void
vmq_conf_set_error(const VmqConf *conf, GError **error, const char *key, const char *format, ...)
{
	NodeEntry *entry = key != NULL ? node_find(conf, key) : NULL;
	va_list    args;

	va_start(args, format);
	g_autofree char *complaint = g_strdup_vprintf(format, args);

	va_end(args);
	if (key != NULL)
		node_set_error(entry != NULL ? entry->value->place : conf->place, error, "%s: %s",
		               key, complaint);
	else
		node_set_error(conf->place, error, "%s", complaint);
}
