/* SPDX-License-Identifier: Apache-2.0 */
/* cover.c - a set of filters as one gossip value */
#include "cover.h"

#include <json-glib/json-glib.h>
#include <string.h>

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
sorted(GHashTable *set)
{
	GPtrArray     *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer       filter;

	g_hash_table_iter_init(&iter, set);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		g_ptr_array_add(list, filter);
	g_ptr_array_sort(list, by_text);
	return list;
}

static char *
to_json(const GPtrArray *filters)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < filters->len; i++)
		json_builder_add_string_value(builder, filters->pdata[i]);
	json_builder_end_array(builder);

	g_autoptr(JsonNode) root = json_builder_get_root(builder);

	json_generator_set_root(generator, root);
	return json_generator_to_data(generator, NULL);
}

/* ---- widening ---- */

/* Filters that have their first level in common. */
typedef struct {
	char     *wide; /* what they would become */
	size_t    bytes;
	bool      widened;
	GPtrArray *filters; /* borrowed */
} Group;

static void
group_free(void *data)
{
	Group *group = data;

	g_free(group->wide);
	g_ptr_array_unref(group->filters);
	g_free(group);
}

/* "a/b/c" to "a/#"; one that begins with a wildcard to "#". */
static char *
widen(const char *filter)
{
	size_t size = strcspn(filter, "/");

	if (filter[0] == '+' || filter[0] == '#')
		return g_strdup("#");
	return g_strdup_printf("%.*s/#", (int) size, filter);
}

static GHashTable *
group_by_first_level(const GPtrArray *filters)
{
	GHashTable *groups = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_free);

	for (guint i = 0; i < filters->len; i++) {
		g_autofree char *wide = widen(filters->pdata[i]);
		Group           *group = g_hash_table_lookup(groups, wide);

		if (group == NULL) {
			group = g_new0(Group, 1);
			group->wide = g_steal_pointer(&wide);
			group->filters = g_ptr_array_new();
			g_hash_table_insert(groups, group->wide, group);
		}
		g_ptr_array_add(group->filters, filters->pdata[i]);
		group->bytes += strlen(filters->pdata[i]) + 3;
	}
	return groups;
}

static int
by_bytes(const void *a, const void *b)
{
	const Group *x = *(Group *const *) a, *y = *(Group *const *) b;

	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static GPtrArray *
groups_by_size(GHashTable *groups)
{
	GPtrArray     *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer       group;

	g_hash_table_iter_init(&iter, groups);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_ptr_array_add(list, group);
	g_ptr_array_sort(list, by_bytes);
	return list;
}

/* The largest groups first, as many as it takes. */
static void
widen_groups(GPtrArray *groups, size_t bytes, size_t max_bytes)
{
	for (guint i = 0; i < groups->len && bytes > max_bytes; i++) {
		Group *group = groups->pdata[i];
		size_t wide = strlen(group->wide) + 3;

		if (wide >= group->bytes)
			continue;
		group->widened = true;
		bytes -= group->bytes - wide;
	}
}

/* All there is, in the fewest words; "#" does not speak of topics that begin with $. */
static void
widen_all(GPtrArray *groups, GHashTable *set)
{
	for (guint i = 0; i < groups->len; i++) {
		Group *group = groups->pdata[i];

		g_hash_table_add(set, group->wide[0] == '$' ? group->wide : (char *) "#");
	}
}

char *
cover_to_json(GHashTable *filters, size_t max_bytes)
{
	g_autoptr(GPtrArray) all = sorted(filters);
	char *json = to_json(all);

	if (strlen(json) <= max_bytes)
		return json;

	g_autoptr(GHashTable) by_level = group_by_first_level(all);
	g_autoptr(GPtrArray) groups = groups_by_size(by_level);
	g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);

	widen_groups(groups, strlen(json), max_bytes);
	for (guint i = 0; i < groups->len; i++) {
		Group *group = groups->pdata[i];

		if (group->widened)
			g_hash_table_add(set, group->wide);
		for (guint j = 0; !group->widened && j < group->filters->len; j++)
			g_hash_table_add(set, group->filters->pdata[j]);
	}
	g_free(json);

	g_autoptr(GPtrArray) some = sorted(set);

	json = to_json(some);
	if (strlen(json) <= max_bytes)
		return json;
	g_free(json);
	g_hash_table_remove_all(set);
	widen_all(groups, set);

	g_autoptr(GPtrArray) few = sorted(set);

	return to_json(few);
}

/* ---- reading ---- */

GPtrArray *
cover_from_json(VmqBytes json)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);

	if (json.size == 0 ||
	    !json_parser_load_from_data(parser, (const char *) json.data, (gssize) json.size, NULL))
		return NULL;

	JsonNode *root = json_parser_get_root(parser);

	if (root == NULL || !JSON_NODE_HOLDS_ARRAY(root))
		return NULL;

	JsonArray *array = json_node_get_array(root);

	for (guint i = 0; i < json_array_get_length(array); i++) {
		JsonNode *item = json_array_get_element(array, i);

		if (json_node_get_value_type(item) != G_TYPE_STRING)
			return NULL;
		g_ptr_array_add(filters, g_strdup(json_node_get_string(item)));
	}
	return g_steal_pointer(&filters);
}
