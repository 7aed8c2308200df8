/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"
#include "unit.h"

#include <string.h>

static const FilterNames nobody = {"client", NULL};

static char *
compile(const char *written)
{
	g_autoptr(GError) error = NULL;
	char *compiled = filter_compile(written, &error);

	ck_assert_msg(compiled != NULL, "%s", error != NULL ? error->message : written);
	return compiled;
}

static bool
covers(const char *granted, const char *asked, const char *client_id, const char *username)
{
	const FilterNames names = {client_id, username};
	g_autofree char  *compiled = compile(granted);

	return filter_covers(compiled, asked, &names);
}

/*
 * The brute force: what a filter means is the set of topics it matches, told by the
 * plainest code that can tell it, over all topics and filters of a small alphabet.
 */
#define MAX_LEVELS 4

typedef struct {
	unsigned    n;
	const char *levels[MAX_LEVELS];
	char        text[64];
} Path;

/* MQTT 5.0, 4.7, word by word. */
static bool
matches(const Path *filter, const Path *topic)
{
	if (topic->levels[0][0] == '$' && strchr("+#", filter->levels[0][0]) != NULL &&
	    filter->levels[0][0] != '\0')
		return false;
	for (unsigned i = 0; i < filter->n; i++) {
		if (strcmp(filter->levels[i], "#") == 0)
			return topic->n >= i;
		if (i >= topic->n)
			return false;
		if (strcmp(filter->levels[i], "+") != 0 &&
		    strcmp(filter->levels[i], topic->levels[i]) != 0)
			return false;
	}
	return topic->n == filter->n;
}

/*
 * All paths of one to `max` levels with # at the end only. The empty one is among them: no topic is
 * empty, but to count it as one spares the walk a special case and errs towards "no".
 */
static GArray *
make_paths(const char *const *alphabet, unsigned max)
{
	GArray *paths = g_array_new(FALSE, FALSE, sizeof(Path));
	Path    empty = {0};

	g_array_append_val(paths, empty);
	for (guint at = 0; at < paths->len; at++) {
		for (const char *const *level = alphabet; *level != NULL; level++) {
			Path path = g_array_index(paths, Path, at);

			if (path.n == max ||
			    (path.n > 0 && strcmp(path.levels[path.n - 1], "#") == 0))
				continue;
			if (path.n > 0)
				g_strlcat(path.text, "/", sizeof path.text);
			g_strlcat(path.text, *level, sizeof path.text);
			path.levels[path.n++] = *level;
			g_array_append_val(paths, path);
		}
	}
	g_array_remove_index(paths, 0);
	return paths;
}

/* "z" is in no filter: it tells a wildcard from a filter for every level there is. */
static const char *const topic_levels[] = {"a", "$s", "", "z", NULL};
static const char *const filter_levels[] = {"a", "$s", "", "+", "#", NULL};

START_TEST(covering_is_what_it_means_for_all_small_filters)
{
	g_autoptr(GArray) topics = make_paths(topic_levels, 4);
	g_autoptr(GArray) filters = make_paths(filter_levels, 3);
	unsigned covered = 0;

	for (guint i = 0; i < filters->len * filters->len; i++) {
		const Path *granted = &g_array_index(filters, Path, i / filters->len);
		const Path *asked = &g_array_index(filters, Path, i % filters->len);
		bool        expected = true;

		for (guint k = 0; k < topics->len && expected; k++) {
			const Path *topic = &g_array_index(topics, Path, k);

			expected = !matches(asked, topic) || matches(granted, topic);
		}
		ck_assert_msg(filter_covers(granted->text, asked->text, &nobody) == expected,
		              "%s covers %s: should be %d", granted->text, asked->text, expected);
		covered += expected;
	}
	ck_assert_uint_gt(filters->len, 100);
	ck_assert_uint_gt(covered, filters->len);
}
END_TEST

START_TEST(overlap_is_what_it_means_for_all_small_filters)
{
	g_autoptr(GArray) topics = make_paths(topic_levels, 4);
	g_autoptr(GArray) filters = make_paths(filter_levels, 3);
	unsigned overlapping = 0;

	for (guint i = 0; i < filters->len * filters->len; i++) {
		const Path *a = &g_array_index(filters, Path, i / filters->len);
		const Path *b = &g_array_index(filters, Path, i % filters->len);
		bool        expected = false;

		for (guint k = 0; k < topics->len && !expected; k++) {
			const Path *topic = &g_array_index(topics, Path, k);

			expected = matches(a, topic) && matches(b, topic);
		}
		ck_assert_msg(filter_overlaps(a->text, b->text) == expected,
		              "%s meets %s: should be %d", a->text, b->text, expected);
		overlapping += expected;
	}
	ck_assert_uint_gt(overlapping, filters->len);
}
END_TEST

START_TEST(a_topic_is_covered_exactly_if_it_is_matched)
{
	g_autoptr(GArray) topics = make_paths(topic_levels, 4);
	g_autoptr(GArray) filters = make_paths(filter_levels, 3);

	for (guint i = 0; i < filters->len; i++) {
		for (guint k = 0; k < topics->len; k++) {
			const Path *filter = &g_array_index(filters, Path, i);
			const Path *topic = &g_array_index(topics, Path, k);

			ck_assert_msg(filter_covers(filter->text, topic->text, &nobody) ==
			                      matches(filter, topic),
			              "%s and %s", filter->text, topic->text);
		}
	}
}
END_TEST

START_TEST(plus_does_not_give_hash)
{
	ck_assert(!covers("a/+", "a/#", "c", NULL));
	ck_assert(!covers("a/+/#", "a/#", "c", NULL));
	ck_assert(covers("a/#", "a/+", "c", NULL));
	ck_assert(covers("a/#", "a", "c", NULL));
	ck_assert(covers("a/#", "a/+/b", "c", NULL));
}
END_TEST

START_TEST(names_are_filled_in)
{
	ck_assert(covers("sensors/%c/#", "sensors/s1/temperature", "s1", NULL));
	ck_assert(covers("sensors/%c/#", "sensors/s1/#", "s1", NULL));
	ck_assert(covers("%u/%c", "alice/s1", "s1", "alice"));
	ck_assert(covers("x-%u-%c-y/+", "x-alice-s1-y/+", "s1", "alice"));
	ck_assert(!covers("sensors/%c/#", "sensors/s2/#", "s1", NULL));
	ck_assert(!covers("sensors/%c/#", "sensors/s", "s1", NULL));
	ck_assert(!covers("sensors/%c/#", "sensors/s11", "s1", NULL));
	ck_assert(!covers("sensors/%c/#", "sensors/+/x", "s1", NULL));
	ck_assert(!covers("sensors/%c/#", "sensors/#", "s1", NULL));
}
END_TEST

START_TEST(a_percent_sign_is_written_twice)
{
	ck_assert(covers("humidity/%%", "humidity/%", "s1", NULL));
	ck_assert(covers("humidity/%%c", "humidity/%c", "s1", NULL));
	ck_assert(!covers("humidity/%%c", "humidity/s1", "s1", NULL));
}
END_TEST

/* The client chooses its name; it must not choose what is granted. */
START_TEST(a_name_that_would_widen_a_grant_voids_it)
{
	static const char *const names[] = {"+", "#", "a/b", "a+", "", "/", "$SYS", "x/#"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *in_place = g_strdup_printf("sensors/%s/x", names[i]);
		g_autofree char *in_front = g_strdup_printf("%s/x", names[i]);

		ck_assert_msg(!covers("sensors/%c/x", in_place, names[i], NULL), "%s", in_place);
		ck_assert_msg(!covers("sensors/%u/x", in_place, "c", names[i]), "%s", in_place);
		ck_assert_msg(!covers("%c/x", in_front, names[i], NULL), "%s", in_front);
		ck_assert_msg(!covers("%c/#", in_front, names[i], NULL), "%s", in_front);
	}
	ck_assert(!covers("%c/#", "#", "#", NULL));
	ck_assert(!covers("%c", "#", "#", NULL));
	ck_assert(!covers("+/%c", "a/+", "+", NULL));
}
END_TEST

START_TEST(who_has_no_user_name_gets_nothing_by_it)
{
	ck_assert(!covers("users/%u/#", "users//x", "c", NULL));
	ck_assert(!covers("users/%u", "users/", "c", ""));
}
END_TEST

START_TEST(what_is_no_filter_is_refused_with_the_reason)
{
	static const char *const wrong[][2] = {
		{"", "not a topic filter"},
		{"a/#/b", "not a topic filter"},
		{"a+", "not a topic filter"},
		{"%c#", "not a topic filter"},
		{"a/%x", "no other %"},
		{"a/%", "no other %"},
		{"$share/g/a", "leave out $share"},
		{"a/\xFE", "not a topic filter"},
		{"\xFF", "not a topic filter"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		ck_assert_ptr_null(filter_compile(wrong[i][0], &error));
		ck_assert_ptr_nonnull(strstr(error->message, wrong[i][1]));
	}
}
END_TEST

START_TEST(a_filter_knows_whether_it_has_names)
{
	g_autofree char *client = compile("a/%c"), *user = compile("%u/#"),
			*none = compile("a/%%c/+");

	ck_assert(filter_has_names(client));
	ck_assert(filter_has_names(user));
	ck_assert(!filter_has_names(none));
}
END_TEST

UNIT_MAIN("auth-filter", covering_is_what_it_means_for_all_small_filters,
          overlap_is_what_it_means_for_all_small_filters,
          a_topic_is_covered_exactly_if_it_is_matched, plus_does_not_give_hash, names_are_filled_in,
          a_percent_sign_is_written_twice, a_name_that_would_widen_a_grant_voids_it,
          who_has_no_user_name_gets_nothing_by_it, what_is_no_filter_is_refused_with_the_reason,
          a_filter_knows_whether_it_has_names)
