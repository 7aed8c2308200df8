/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/topic.h"
#include "unit.h"

#include <string.h>

static VmqBytes
text(const char *string)
{
	return (VmqBytes){(const uint8_t *) string, strlen(string)};
}

/*
 * The naive reference: levels as an array of strings, and the words of 4.7 one after the other.
 */
static bool
matches_levels(char **filter, char **topic)
{
	if (*filter == NULL)
		return *topic == NULL;
	if (strcmp(*filter, "#") == 0)
		return true;
	if (*topic == NULL)
		return false;
	if (strcmp(*filter, "+") != 0 && strcmp(*filter, *topic) != 0)
		return false;
	return matches_levels(filter + 1, topic + 1);
}

static bool
matches_naively(const char *filter, const char *topic)
{
	if (topic[0] == '$' && (filter[0] == '+' || filter[0] == '#'))
		return false;

	g_auto(GStrv) filter_levels = g_strsplit(filter, "/", -1);
	g_auto(GStrv) topic_levels = g_strsplit(topic, "/", -1);

	return matches_levels(filter_levels, topic_levels);
}

static bool
is_filter_naively(const char *filter)
{
	if (filter[0] == '\0')
		return false;

	g_auto(GStrv) levels = g_strsplit(filter, "/", -1);

	for (unsigned i = 0; levels[i] != NULL; i++) {
		if (strpbrk(levels[i], "+#") != NULL && strlen(levels[i]) > 1)
			return false;
		if (strcmp(levels[i], "#") == 0 && levels[i + 1] != NULL)
			return false;
	}
	return true;
}

/* All strings of 1 to `most` characters of `alphabet`. */
static GPtrArray *
all_strings(const char *alphabet, unsigned most)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	size_t     n = strlen(alphabet);

	for (unsigned size = 1; size <= most; size++) {
		size_t count = 1;

		for (unsigned i = 0; i < size; i++)
			count *= n;
		for (size_t number = 0; number < count; number++) {
			char  *string = g_malloc0(size + 1);
			size_t left = number;

			for (unsigned i = 0; i < size; i++, left /= n)
				string[i] = alphabet[left % n];
			g_ptr_array_add(all, string);
		}
	}
	return all;
}

/* The valid ones among all strings of the characters that matter in a filter. */
static GPtrArray *
all_filters(unsigned most)
{
	g_autoptr(GPtrArray) strings = all_strings("a$/+#", most);
	GPtrArray *filters = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < strings->len; i++)
		if (is_filter_naively(strings->pdata[i]))
			g_ptr_array_add(filters, g_strdup(strings->pdata[i]));
	return filters;
}

START_TEST(every_short_string_is_a_filter_exactly_if_the_words_of_4_7_say_so)
{
	g_autoptr(GPtrArray) strings = all_strings("a$/+#", 7);
	unsigned n_valid = 0;

	for (unsigned i = 0; i < strings->len; i++) {
		const char *string = strings->pdata[i];
		bool        is_valid = mqtt_filter_is_valid(text(string));

		ck_assert_msg(is_valid == is_filter_naively(string), "%s", string);
		n_valid += is_valid;
	}
	ck_assert_uint_gt(n_valid, 1000);
}
END_TEST

START_TEST(matching_is_what_the_words_of_4_7_say)
{
	g_autoptr(GPtrArray) filters = all_filters(5);
	g_autoptr(GPtrArray) topics = all_strings("ab$/", 5);
	unsigned n_matches = 0;

	for (unsigned i = 0; i < filters->len; i++) {
		const char *filter = filters->pdata[i];

		for (unsigned j = 0; j < topics->len; j++) {
			const char *topic = topics->pdata[j];
			bool        expected = matches_naively(filter, topic);

			if (mqtt_filter_matches(text(filter), text(topic)) != expected)
				ck_abort_msg("%s and %s: expected %d", filter, topic, expected);
			n_matches += expected;
		}
	}
	ck_assert_uint_gt(n_matches, 5000);
}
END_TEST

/* Which of the topics a filter matches, a bit for each. */
static uint64_t *
matched_set(const char *filter, const GPtrArray *topics)
{
	uint64_t *set = g_new0(uint64_t, topics->len / 64 + 1);

	for (unsigned i = 0; i < topics->len; i++)
		if (mqtt_filter_matches(text(filter), text(topics->pdata[i])))
			set[i / 64] |= UINT64_C(1) << i % 64;
	return set;
}

static bool
is_subset(const uint64_t *inner, const uint64_t *outer, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if ((inner[i] & ~outer[i]) != 0)
			return false;
	return true;
}

/*
 * Topics of up to six characters tell all filters of up to five apart: "b" is a level no filter
 * names, and there is room for more levels than any filter has. That matching itself is right is
 * what the test before this one shows.
 */
START_TEST(containing_is_exactly_matching_a_superset)
{
	g_autoptr(GPtrArray) filters = all_filters(5);
	g_autoptr(GPtrArray) topics = all_strings("ab$/", 6);
	g_autoptr(GPtrArray) sets = g_ptr_array_new_with_free_func(g_free);
	unsigned n_contained = 0;

	for (unsigned i = 0; i < filters->len; i++)
		g_ptr_array_add(sets, matched_set(filters->pdata[i], topics));
	for (unsigned i = 0; i < filters->len; i++) {
		for (unsigned j = 0; j < filters->len; j++) {
			const char *outer = filters->pdata[i], *inner = filters->pdata[j];
			bool        expected =
				is_subset(sets->pdata[j], sets->pdata[i], topics->len / 64 + 1);

			if (mqtt_filter_contains(text(outer), text(inner)) != expected)
				ck_abort_msg("%s contains %s: expected %d", outer, inner, expected);
			n_contained += expected;
		}
	}
	ck_assert_uint_gt(n_contained, filters->len);
}
END_TEST

START_TEST(filters_contain_what_an_administrator_would_expect)
{
	static const struct {
		const char *outer, *inner;
		bool        expected;
	} cases[] = {
		{"a/#", "a", true},          {"a/#", "a/+", true},      {"a/#", "a/b/#", true},
		{"a/+", "a/#", false},       {"a/+", "a/b", true},      {"a/b", "a/+", false},
		{"#", "$SYS/#", false},      {"+/#", "$SYS/a", false},  {"$SYS/#", "$SYS/a", true},
		{"#", "+/+", true},          {"+/#", "#", true},        {"+", "#", false},
		{"a/+/#", "a/#", false},     {"a/+/#", "a/b", true},    {"/#", "/+/#", true},
		{"/+/#", "/#", true},        {"a/+/c", "a/+/+", false}, {"a/+/+", "a/+/c", true},
		{"ab/#", "a/#", false},      {"a/#", "ab/#", false},    {"a/+/#", "a/+", true},
		{"a/+/+/#", "a/+/#", false}, {"b/#", "a", false},       {"a/b/#", "a", false},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
		ck_assert_msg(mqtt_filter_contains(text(cases[i].outer), text(cases[i].inner)) ==
		                      cases[i].expected,
		              "%s contains %s", cases[i].outer, cases[i].inner);
}
END_TEST

START_TEST(a_topic_has_no_wildcard_wherever_it_stands)
{
	for (size_t size = 1; size < 30; size++) {
		for (size_t at = 0; at < size; at++) {
			char topic[30];

			memset(topic, 'x', size);
			for (const char *bad = "+#\x80\xFF"; *bad != '\0'; bad++) {
				topic[at] = *bad;
				ck_assert(!mqtt_topic_is_valid(
					(VmqBytes){(const uint8_t *) topic, size}));
			}
			topic[at] = '\0';
			ck_assert(!mqtt_topic_is_valid((VmqBytes){(const uint8_t *) topic, size}));
			/* Neighbours of what is not allowed. */
			for (const char *good = "\x01\"$*,/\x7F"; *good != '\0'; good++) {
				topic[at] = *good;
				ck_assert(mqtt_topic_is_valid(
					(VmqBytes){(const uint8_t *) topic, size}));
			}
		}
	}
}
END_TEST

START_TEST(a_topic_is_neither_empty_nor_too_long)
{
	g_autofree char *longest = g_strnfill(65536, 'x');

	ck_assert(!mqtt_topic_is_valid((VmqBytes){0}));
	ck_assert(!mqtt_filter_is_valid((VmqBytes){0}));
	ck_assert(mqtt_topic_is_valid((VmqBytes){(const uint8_t *) longest, 65535}));
	ck_assert(!mqtt_topic_is_valid((VmqBytes){(const uint8_t *) longest, 65536}));
	ck_assert(mqtt_filter_is_valid((VmqBytes){(const uint8_t *) longest, 65535}));
	ck_assert(!mqtt_filter_is_valid((VmqBytes){(const uint8_t *) longest, 65536}));
}
END_TEST

START_TEST(topics_may_have_any_character_that_utf8_can_write)
{
	ck_assert(mqtt_topic_is_valid(text("Grüße/日本/🦟")));
	ck_assert(mqtt_filter_is_valid(text("Grüße/+/🦟/#")));
	ck_assert(!mqtt_topic_is_valid(text("Grüße/+")));
	ck_assert(!mqtt_topic_is_valid(text("日本/#/long enough")));
	ck_assert(!mqtt_topic_is_valid(text("a/\xED\xA0\x80")));
	ck_assert(!mqtt_filter_is_valid(text("a/\xED\xA0\x80/#")));
	ck_assert(mqtt_topic_is_valid(text(" / / ")));
}
END_TEST

START_TEST(a_share_has_a_name_and_a_filter)
{
	static const struct {
		const char *filter, *name, *plain; /* NULL: not valid */
	} cases[] = {
		{"$share/g/a/b", "g", "a/b"},     {"$share/g/#", "g", "#"},
		{"$share/g//", "g", "/"},         {"$share/g//a", "g", "/a"},
		{"$share/ü/+/a", "ü", "+/a"},     {"$share/g/$SYS/a", "g", "$SYS/a"},
		{"$share", "", "$share"},         {"$shared/g/a", "", "$shared/g/a"},
		{"$Share/g/a", "", "$Share/g/a"}, {"$share/", NULL, NULL},
		{"$share/g", NULL, NULL},         {"$share/g/", NULL, NULL},
		{"$share//a", NULL, NULL},        {"$share/+/a", NULL, NULL},
		{"$share/g+/a", NULL, NULL},      {"$share/#", NULL, NULL},
		{"$share/g#/a", NULL, NULL},      {"$share/g/a#", NULL, NULL},
		{"$share/#/a", NULL, NULL},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		VmqBytes filter = text(cases[i].filter);

		ck_assert_msg(mqtt_filter_is_valid(filter) == (cases[i].name != NULL), "%s",
		              cases[i].filter);
		if (cases[i].name == NULL)
			continue;

		VmqBytes name = mqtt_filter_strip_share(&filter);

		ck_assert_uint_eq(name.size, strlen(cases[i].name));
		ck_assert((name.data == NULL) == (name.size == 0));
		if (name.size > 0)
			ck_assert_mem_eq(name.data, cases[i].name, name.size);
		ck_assert_uint_eq(filter.size, strlen(cases[i].plain));
		ck_assert_mem_eq(filter.data, cases[i].plain, filter.size);
	}
}
END_TEST

START_TEST(levels_are_what_slashes_separate)
{
	ck_assert_uint_eq(mqtt_topic_levels(text("a")), 1);
	ck_assert_uint_eq(mqtt_topic_levels(text("/")), 2);
	ck_assert_uint_eq(mqtt_topic_levels(text("a/b")), 2);
	ck_assert_uint_eq(mqtt_topic_levels(text("/a//b/")), 5);
	ck_assert(mqtt_filter_has_wildcard(text("a/+")));
	ck_assert(mqtt_filter_has_wildcard(text("#")));
	ck_assert(!mqtt_filter_has_wildcard(text("a/b")));
}
END_TEST

UNIT_MAIN("topic", every_short_string_is_a_filter_exactly_if_the_words_of_4_7_say_so,
          matching_is_what_the_words_of_4_7_say, containing_is_exactly_matching_a_superset,
          filters_contain_what_an_administrator_would_expect,
          a_topic_has_no_wildcard_wherever_it_stands, a_topic_is_neither_empty_nor_too_long,
          topics_may_have_any_character_that_utf8_can_write, a_share_has_a_name_and_a_filter,
          levels_are_what_slashes_separate)
