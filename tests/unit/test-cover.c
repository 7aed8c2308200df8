/* SPDX-License-Identifier: Apache-2.0 */
#include "cover.h"
#include "unit.h"

#include <string.h>

static GHashTable *
set_of(const char *const *filters, size_t n)
{
	GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);

	for (size_t i = 0; i < n; i++)
		g_hash_table_add(set, (gpointer) filters[i]);
	return set;
}

static char *
json_of(size_t n, const char *const *filters, size_t most)
{
	g_autoptr(GHashTable) set = set_of(filters, n);

	return cover_to_json(set, most);
}

START_TEST(a_short_set_is_told_as_it_is_in_order)
{
	static const char *const filters[] = {"b/+", "a/#", "say \"hi\"", "\xc3\xa9"};
	g_autofree char *json = json_of(4, filters, 1000);
	g_autofree char *nothing = json_of(0, filters, 1000);

	ck_assert_str_eq(json, "[\"a/#\",\"b/+\",\"say \\\"hi\\\"\",\"\xc3\xa9\"]");
	ck_assert_str_eq(nothing, "[]");
}
END_TEST

START_TEST(what_was_told_is_read_back)
{
	static const char json[] = "[\"b/+\", \"say \\\"hi\\\"\", \"\\u00e9\"]";
	g_autoptr(GPtrArray) filters =
		cover_from_json((VmqBytes){(const uint8_t *) json, strlen(json)});

	ck_assert_ptr_nonnull(filters);
	ck_assert_uint_eq(filters->len, 3);
	ck_assert_str_eq(filters->pdata[0], "b/+");
	ck_assert_str_eq(filters->pdata[1], "say \"hi\"");
	ck_assert_str_eq(filters->pdata[2], "\xc3\xa9");
}
END_TEST

START_TEST(what_is_no_list_of_strings_is_refused)
{
	static const char *const texts[] = {"", "{}", "[1]", "[\"a\",null]", "[\"a\"", "\"a\"", "[[\"a\"]]"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		VmqBytes json = {(const uint8_t *) texts[i], strlen(texts[i])};

		ck_assert_msg(cover_from_json(json) == NULL, "%s", texts[i]);
	}
}
END_TEST

/* As deep as one gossip value can be; each level costs the parser stack. */
START_TEST(a_deep_list_does_no_harm)
{
	g_autofree char *deep = g_strnfill(65000, '[');

	ck_assert_ptr_null(cover_from_json((VmqBytes){(const uint8_t *) deep, 65000}));
}
END_TEST

/* Whether a topic below `levels` is in what was told; enough for covers, which end in #. */
static bool
tells(const char *json, const char *first, const char *filter)
{
	g_autofree char *exact = g_strdup_printf("\"%s\"", filter);
	g_autofree char *wide = g_strdup_printf("\"%s/#\"", first);

	return strstr(json, exact) != NULL || strstr(json, wide) != NULL || strstr(json, "\"#\"") != NULL;
}

START_TEST(a_long_set_is_widened_and_never_loses_a_filter)
{
	static const size_t limits[] = {16384, 4000, 600, 60};
	g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < 2000; i++)
		g_ptr_array_add(filters, g_strdup_printf("site%u/room/%u/+", i % 20, i));
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		g_autofree char *json = json_of(2000, (const char *const *) filters->pdata, limits[i]);

		ck_assert_uint_le(strlen(json), limits[i]);
		for (unsigned j = 0; j < 2000; j++) {
			g_autofree char *first = g_strdup_printf("site%u", j % 20);

			ck_assert_msg(tells(json, first, filters->pdata[j]), "%s is not in %.200s",
			              (char *) filters->pdata[j], json);
		}
	}
}
END_TEST

START_TEST(only_as_much_is_widened_as_must_be)
{
	static const char *const filters[] = {"a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "b/1"};
	g_autofree char *json = json_of(8, filters, 30);

	ck_assert_str_eq(json, "[\"a/#\",\"b/1\"]");
}
END_TEST

/* "#" does not match topics that begin with $ [MQTT-4.7.2-1]. */
START_TEST(system_topics_are_not_lost_in_a_wildcard)
{
	g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < 100; i++) {
		g_ptr_array_add(filters, g_strdup_printf("level%u/x", i));
		g_ptr_array_add(filters, g_strdup_printf("$app/%u", i));
	}

	g_autofree char *json = json_of(200, (const char *const *) filters->pdata, 40);

	ck_assert_str_eq(json, "[\"#\",\"$app/#\"]");
}
END_TEST

UNIT_MAIN("cover", a_short_set_is_told_as_it_is_in_order, what_was_told_is_read_back,
          what_is_no_list_of_strings_is_refused, a_deep_list_does_no_harm, a_long_set_is_widened_and_never_loses_a_filter,
          only_as_much_is_widened_as_must_be, system_topics_are_not_lost_in_a_wildcard)
