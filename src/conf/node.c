/* SPDX-License-Identifier: Apache-2.0 */
/* node.c - the configuration as a tree */
#include "conf/node.h"

#include <gio/gio.h>

static void
clear_entry(void *data)
{
	NodeEntry *entry = data;

	g_free(entry->key);
	vmq_conf_free(entry->value);
}

VmqConf *
node_new(NodeKind kind, NodePlace place)
{
	VmqConf *node = g_new0(VmqConf, 1);

	node->kind = kind;
	node->place = place;
	if (kind != NODE_SCALAR) {
		node->entries = g_array_new(FALSE, FALSE, sizeof(NodeEntry));
		g_array_set_clear_func(node->entries, clear_entry);
	}
	if (kind == NODE_MAPPING)
		node->index = g_hash_table_new(g_str_hash, g_str_equal);
	return node;
}

VmqConf *
node_new_scalar(const char *text, NodePlace place)
{
	VmqConf *node = node_new(NODE_SCALAR, place);

	node->text = g_strdup(text);
	return node;
}

/* Recursion is bounded: the reader refuses trees deeper than YAML_MAX_DEPTH. */
void
vmq_conf_free(VmqConf *conf)
{
	if (conf == NULL)
		return;
	g_clear_pointer(&conf->index, g_hash_table_unref); /* its keys are the entries' */
	g_clear_pointer(&conf->entries, g_array_unref);
	g_free(conf->text);
	g_free(conf);
}

void
node_add(VmqConf *node, const char *key, NodePlace place, VmqConf *value)
{
	NodeEntry entry = {g_strdup(key), place, value};

	g_array_append_val(node->entries, entry);
	if (node->kind == NODE_MAPPING)
		g_hash_table_insert(node->index, entry.key,
		                    GUINT_TO_POINTER(node->entries->len - 1));
}

unsigned
node_length(const VmqConf *node)
{
	return node != NULL && node->entries != NULL ? node->entries->len : 0;
}

NodeEntry *
node_entry(const VmqConf *node, unsigned i)
{
	g_assert(i < node_length(node));
	return &g_array_index(node->entries, NodeEntry, i);
}

NodeEntry *
node_find(const VmqConf *mapping, const char *key)
{
	void *i;

	if (mapping->kind != NODE_MAPPING ||
	    !g_hash_table_lookup_extended(mapping->index, key, NULL, &i))
		return NULL;
	return node_entry(mapping, GPOINTER_TO_UINT(i));
}

bool
node_has_value(const VmqConf *node)
{
	return node != NULL && (node->kind != NODE_SCALAR || node->text != NULL);
}

static const char *
name_of(const VmqConf *mapping)
{
	NodeEntry *entry = node_find(mapping, "name");

	return entry != NULL && entry->value->kind == NODE_SCALAR ? entry->value->text : NULL;
}

static VmqConf *
find_named(const VmqConf *sequence, const char *name)
{
	for (unsigned i = 0; name != NULL && i < node_length(sequence); i++) {
		VmqConf *item = node_entry(sequence, i)->value;

		if (g_strcmp0(name_of(item), name) == 0)
			return item;
	}
	return NULL;
}

static void
merge_mapping(VmqConf *base, VmqConf *over)
{
	for (unsigned i = 0; i < node_length(over); i++) {
		NodeEntry *from = node_entry(over, i);
		NodeEntry *to = node_find(base, from->key);

		if (to == NULL) {
			node_add(base, from->key, from->place, g_steal_pointer(&from->value));
		} else if (!node_has_value(from->value)) {
			continue;
		} else if (to->value->kind != NODE_SCALAR && to->value->kind == from->value->kind) {
			node_merge(to->value, g_steal_pointer(&from->value));
		} else {
			vmq_conf_free(to->value);
			to->value = g_steal_pointer(&from->value);
			to->place = from->place;
		}
	}
}

static void
merge_sequence(VmqConf *base, VmqConf *over)
{
	for (unsigned i = 0; i < node_length(over); i++) {
		NodeEntry *from = node_entry(over, i);
		VmqConf   *same = find_named(base, name_of(from->value));

		if (same != NULL)
			node_merge(same, g_steal_pointer(&from->value));
		else
			node_add(base, NULL, from->place, g_steal_pointer(&from->value));
	}
}

void
node_merge(VmqConf *base, VmqConf *over)
{
	g_assert(base->kind == over->kind && base->kind != NODE_SCALAR);
	if (base->kind == NODE_MAPPING)
		merge_mapping(base, over);
	else
		merge_sequence(base, over);
	vmq_conf_free(over);
}

void
node_set_error(NodePlace place, GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *complaint = g_strdup_vprintf(format, args);

	va_end(args);
	if (place.line == 0)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", place.file,
		            complaint);
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u:%u: %s", place.file,
		            place.line, place.column, complaint);
}
