/* SPDX-License-Identifier: Apache-2.0 */
#include "core/router.h"
#include "mqtt/topic.h"
#include "routes.h"
#include "run/worker.h"
#include "unit.h"

static Router *router;

static void
setup(void)
{
	workers_start(1);
	router = router_new(2);
}

static void
teardown(void)
{
	router_free(router);
	workers_stop();
}

static bool
add(const char *filter, unsigned slot, uint8_t qos, uint8_t flags, uint32_t id)
{
	VmqGrant grant = {.qos = qos, .flags = flags, .n_ids = id != 0, .ids = &id};

	return router_add(router, filter, sink(slot), &grant);
}

static bool
take(const char *filter, unsigned slot)
{
	return router_remove(router, filter, sink(slot));
}

static void
expect(const char *topic, RouteFlags flags, const char *expected)
{
	Matches matches = {0};

	router_match(router, text(topic), flags, &matches);

	g_autofree char *found = routes_text(&matches);

	ck_assert_msg(g_str_equal(found, expected), "%s: \"%s\" where \"%s\" was expected", topic,
	              found, expected);
	ck_assert_msg(matches.n_groups == 0, "%s", topic);
	matches_free(&matches);
}

/* Who gets it, where a shared group is among them. */
static char *
match_shared(const char *topic, RouteFlags flags)
{
	Matches matches = {0};

	router_match(router, text(topic), flags, &matches);
	ck_assert_uint_gt(matches.n_groups, 0);
	router_take_turns(router, &matches);
	ck_assert_uint_eq(matches.n_groups, 0);
	char *found = routes_text(&matches);

	matches_free(&matches);
	return found;
}

static void
expect_shared(const char *topic, const char *expected)
{
	g_autofree char *found = match_shared(topic, 0);

	ck_assert_str_eq(found, expected);
}

START_TEST(wildcards_match_as_4_7_says)
{
	setup();
	add("a/+/c", 2, 0, 0, 0);
	add("a/#", 4, 0, 0, 0);
	add("#", 6, 0, 0, 0);
	add("a/b/c", 8, 0, 0, 0);
	add("+", 10, 0, 0, 0);
	add("/+", 12, 0, 0, 0);
	expect("a/b/c", 0, "2/0 4/0 6/0 8/0");
	expect("a", 0, "4/0 6/0 10/0"); /* "a/#" has its parent [MQTT-4.7.1-2] */
	expect("a//c", 0, "2/0 4/0 6/0");
	expect("/x", 0, "6/0 12/0");
	expect("a/b/c/d", 0, "4/0 6/0");
	teardown();
}
END_TEST

START_TEST(wildcards_in_front_do_not_match_what_begins_with_a_dollar)
{
	setup();
	add("#", 2, 0, 0, 0);
	add("+/a", 4, 0, 0, 0);
	add("$SYS/#", 6, 0, 0, 0);
	add("$SYS/+", 8, 0, 0, 0);
	expect("$SYS/a", 0, "6/0 8/0");
	expect("$SYS", 0, "6/0");
	expect("x/$a", 0, "2/0");
	teardown();
}
END_TEST

START_TEST(overlapping_filters_of_a_sink_become_one_match)
{
	setup();
	add("a/b", 2, 0, VMQ_GRANT_NO_LOCAL, 7);
	add("a/+", 2, 2, 0, 5);
	add("a/#", 2, 1, VMQ_GRANT_RETAIN_AS_PUBLISHED, 9);
	add("#", 2, 1, 0, 0);
	add("#", 4, 1, VMQ_GRANT_NO_LOCAL, 3);
	/* The highest QoS, all identifiers; a restriction holds only where all make it. */
	expect("a/b", 0, "2/2p:5,7,9 4/1n:3");
	expect("x", 0, "2/1 4/1n:3");
	teardown();
}
END_TEST

START_TEST(no_local_holds_if_every_filter_says_so)
{
	setup();
	add("a", 2, 0, VMQ_GRANT_NO_LOCAL, 0);
	add("+", 2, 0, VMQ_GRANT_NO_LOCAL, 4);
	expect("a", 0, "2/0n:4");
	teardown();
}
END_TEST

START_TEST(a_second_grant_replaces_the_first)
{
	setup();
	ck_assert(add("a", 2, 0, 0, 7));
	ck_assert(!add("a", 2, 2, VMQ_GRANT_RETAIN_AS_PUBLISHED, 8));
	expect("a", 0, "2/2p:8");
	ck_assert_uint_eq(router_count(router), 1);
	teardown();
}
END_TEST

START_TEST(what_came_from_another_node_goes_to_no_relay)
{
	setup();
	add("a", 2, 1, VMQ_GRANT_RELAY, 0);
	add("a", 4, 1, 0, 0);
	add("+", 2, 1, VMQ_GRANT_RELAY, 0);
	expect("a", 0, "2/1r 4/1");
	expect("a", ROUTE_LOCAL_ONLY, "4/1");
	expect("b", ROUTE_LOCAL_ONLY, "");
	teardown();
}
END_TEST

START_TEST(who_wants_all_retained_gets_them_once)
{
	setup();
	router_want_retained(router, sink(2), true);
	router_want_retained(router, sink(2), true);
	add("a", 2, 1, VMQ_GRANT_RELAY, 0);
	expect("a", 0, "2/1r");
	expect("a", ROUTE_RETAINED, "2/2pr");
	expect("b", ROUTE_RETAINED, "2/2pr");
	expect("b", ROUTE_RETAINED | ROUTE_LOCAL_ONLY, "");
	router_want_retained(router, sink(2), false);
	expect("b", ROUTE_RETAINED, "");
	teardown();
}
END_TEST

START_TEST(a_shared_group_takes_turns)
{
	unsigned counts[3] = {0};

	setup();
	for (unsigned i = 0; i < 3; i++)
		add("$share/g/a", 2 * i, 1, 0, i + 1);
	for (unsigned i = 0; i < 30; i++) {
		g_autofree char *found = match_shared("a", 0);

		counts[atoi(found) / 2]++;
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(counts[i], 10);
	teardown();
}
END_TEST

START_TEST(a_member_who_is_away_gets_nothing_while_another_is_there)
{
	setup();
	add("$share/g/a", 2, 1, 0, 0);
	add("$share/g/a", 4, 1, 0, 0);
	router_set_away(router, "$share/g/a", sink(2), true);
	router_set_away(router, "$share/g/a", sink(2), true);
	for (unsigned i = 0; i < 4; i++)
		expect_shared("a", "4/1");

	/* All are away: again in turn. */
	router_set_away(router, "$share/g/a", sink(4), true);
	g_autofree char *first = match_shared("a", 0), *second = match_shared("a", 0);

	ck_assert_str_ne(first, second);

	/* Who is away and leaves takes the mark along. */
	take("$share/g/a", 2);
	router_set_away(router, "$share/g/a", sink(4), false);
	add("$share/g/a", 2, 1, 0, 0);
	router_set_away(router, "$share/g/a", sink(4), true);
	for (unsigned i = 0; i < 4; i++)
		expect_shared("a", "2/1");
	teardown();
}
END_TEST

START_TEST(each_group_and_each_plain_filter_has_its_own_share)
{
	setup();
	add("$share/g/a", 2, 1, 0, 1);
	add("$share/h/a", 2, 2, 0, 2);
	add("$share/g/+", 2, 0, 0, 3);
	add("a", 2, 0, 0, 4);

	g_autofree char *found = match_shared("a", ROUTE_LOCAL_ONLY);

	ck_assert_str_eq(strtok(found, " "), "2/0:4"); /* the plain one first, not merged */
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strtok(NULL, " "));
	ck_assert_ptr_null(strtok(NULL, " "));

	take("$share/g/a", 2);
	take("$share/h/a", 2);
	take("$share/g/+", 2);
	expect("a", 0, "2/0:4");
	teardown();
}
END_TEST

START_TEST(interest_begins_with_the_first_local_grant_and_ends_with_the_last)
{
	setup();
	ck_assert(!add("a/+", 2, 0, VMQ_GRANT_RELAY, 0));
	ck_assert(!router_has_local(router, "a/+"));
	ck_assert(add("a/+", 4, 0, 0, 0));
	ck_assert(!add("a/+", 6, 0, 0, 0));
	ck_assert(!add("$share/g/a/+", 4, 0, 0, 0));
	ck_assert(router_has_local(router, "a/+"));
	ck_assert(!router_has_local(router, "a/b"));
	ck_assert_uint_eq(router_count(router), 4);

	ck_assert(!take("a/+", 2));
	ck_assert(!take("a/+", 4));
	ck_assert(!take("a/+", 4));
	ck_assert(!take("a/+", 6));
	ck_assert(!take("$share/h/a/+", 4));
	ck_assert(router_has_local(router, "a/+"));
	ck_assert(take("$share/g/a/+", 4));
	ck_assert(!router_has_local(router, "a/+"));
	ck_assert_uint_eq(router_count(router), 0);
	teardown();
}
END_TEST

START_TEST(a_grant_that_changes_sides_takes_the_interest_along)
{
	setup();
	ck_assert(add("a", 2, 0, 0, 0));
	ck_assert(add("a", 2, 0, VMQ_GRANT_RELAY, 0)); /* it ended: look again */
	ck_assert(!router_has_local(router, "a"));
	ck_assert(add("a", 2, 0, 0, 0));
	ck_assert(!add("a", 4, 0, VMQ_GRANT_RELAY, 0));
	ck_assert(!add("a", 4, 0, 0, 0));
	ck_assert(!take("a", 2));
	ck_assert(take("a", 4));
	ck_assert(!router_has_local(router, "a"));
	teardown();
}
END_TEST

static void
on_each(const char *filter, void *data)
{
	g_ptr_array_add(data, g_strdup(filter));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

START_TEST(local_interest_can_be_listed)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);

	setup();
	add("a/b", 2, 0, 0, 0);
	add("a/b", 4, 0, 0, 0);
	add("#", 4, 0, 0, 0);
	add("x", 2, 0, VMQ_GRANT_RELAY, 0);
	add("$share/g//+/", 2, 0, 0, 0);
	router_local_foreach(router, on_each, all);
	g_ptr_array_sort(all, by_text);
	g_ptr_array_add(all, NULL);

	g_autofree char *list = g_strjoinv(" ", (char **) all->pdata);

	ck_assert_str_eq(list, "# /+/ a/b");
	teardown();
}
END_TEST

START_TEST(every_change_gives_another_generation)
{
	setup();
	uint32_t before = router_generation(router), after;

	add("a", 2, 0, 0, 0);
	ck_assert_uint_ne(after = router_generation(router), before);
	before = after;
	add("a", 2, 1, 0, 0);
	ck_assert_uint_ne(after = router_generation(router), before);
	before = after;
	take("a", 2);
	ck_assert_uint_ne(after = router_generation(router), before);
	before = after;
	router_want_retained(router, sink(2), true);
	ck_assert_uint_ne(after = router_generation(router), before);
	before = after;
	expect("a", 0, "");
	ck_assert_uint_eq(router_generation(router), before);
	teardown();
}
END_TEST

START_TEST(topics_may_be_deep)
{
	g_autofree char *deep = g_strnfill(5000, '/');

	setup();
	add(deep, 2, 1, 0, 0);
	add("/#", 4, 1, 0, 0);
	expect(deep, 0, "2/1 4/1");
	take(deep, 2);
	expect(deep, 0, "4/1");
	teardown();
}
END_TEST

/* ---- several questions ---- */

/* Together they are answered as each alone. */
static void
expect_all(const char *const *topics, unsigned n)
{
	RouteQuestion questions[ROUTE_QUESTIONS_MAX];
	Matches       answers[ROUTE_QUESTIONS_MAX] = {0};

	for (unsigned i = 0; i < n; i++)
		questions[i] = (RouteQuestion){.topic = text(topics[i]), .answer = &answers[i]};
	router_match_all(router, questions, n);
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *found = routes_text(&answers[i]);

		ck_assert(questions[i].is_answered);
		expect(topics[i], 0, found);
		matches_free(&answers[i]);
	}
}

START_TEST(many_questions_are_answered_as_each_alone)
{
	static const char *const topics[ROUTE_QUESTIONS_MAX] = {
		"a/b/c", "a", "$SYS/a", "", "b/c", "a/b/c", "a/b", "/",
		"a/b/c/d", "x", "x/y/z", "a//c", "a/x/c", "b", "b/c/d", "$SYS"};

	setup();
	add("a/+/c", 2, 1, VMQ_GRANT_RELAY, 3);
	add("a/b/c", 2, 2, 0, 4);
	add("#", 4, 0, 0, 0);
	add("+/+/#", 5, 1, 0, 0);
	add("$SYS/#", 6, 0, 0, 0);
	router_want_retained(router, sink(8), true);
	for (unsigned n = 0; n <= ROUTE_QUESTIONS_MAX; n++)
		expect_all(topics, n);
	teardown();
}
END_TEST

START_TEST(of_many_questions_too_deep_ones_are_left_open_and_no_turn_is_taken)
{
	g_autofree char *deep = g_strnfill(200, '/');
	Matches          answers[3] = {0};
	RouteQuestion    questions[] = {{text("a"), &answers[0], false},
	                                {text("b"), &answers[1], false},
	                                {text(deep), &answers[2], true}};

	setup();
	add("$share/g/a", 2, 1, 0, 0);
	add("$share/g/a", 4, 1, 0, 0);
	add("b", 6, 1, 0, 0);
	add("#", 8, 1, 0, 0);
	for (unsigned i = 0; i < 4; i++) {
		router_match_all(router, questions, 3);
		ck_assert(questions[0].is_answered && questions[1].is_answered);
		ck_assert(!questions[2].is_answered);
		ck_assert_uint_eq(answers[0].n_groups, 1);

		g_autofree char *other = routes_text(&answers[1]);

		ck_assert_str_eq(other, "6/1 8/1");
		expect_shared("a", i % 2 == 0 ? "8/1 2/1" : "8/1 4/1"); /* no turn was taken */
	}
	for (unsigned i = 0; i < 3; i++)
		matches_free(&answers[i]);
	teardown();
}
END_TEST

/* ---- the oracle: a list of grants, and mqtt_filter_matches() over all of it ---- */

typedef struct {
	char    *filter;
	unsigned slot;
	uint8_t  qos, flags;
	uint32_t id;
} Given;

static void
given_free(void *data)
{
	g_free(((Given *) data)->filter);
	g_free(data);
}

static Given *
find_given(const GPtrArray *all, const char *filter, unsigned slot, guint *at)
{
	for (*at = 0; *at < all->len; (*at)++) {
		Given *given = all->pdata[*at];

		if (given->slot == slot && g_str_equal(given->filter, filter))
			return given;
	}
	return NULL;
}

static unsigned
count_local(const GPtrArray *all, const char *filter)
{
	unsigned n = 0;

	for (guint i = 0; i < all->len; i++) {
		const Given *given = all->pdata[i];

		n += !(given->flags & VMQ_GRANT_RELAY) && g_str_equal(given->filter, filter);
	}
	return n;
}

/* The terms for one sink by the words of router.h; false: it gets nothing. */
static bool
sum_naively(const GPtrArray *all, const char *topic, RouteFlags flags, unsigned slot, VmqGrant *sum,
            uint32_t *ids)
{
	unsigned n = 0, n_no_local = 0, n_relay = 0;

	*sum = (VmqGrant){.ids = ids};
	for (guint i = 0; i < all->len; i++) {
		const Given *given = all->pdata[i];

		if (given->slot != slot || !mqtt_filter_matches(text(given->filter), text(topic)) ||
		    (flags & ROUTE_LOCAL_ONLY && given->flags & VMQ_GRANT_RELAY))
			continue;
		n++;
		n_no_local += (given->flags & VMQ_GRANT_NO_LOCAL) != 0;
		n_relay += (given->flags & VMQ_GRANT_RELAY) != 0;
		sum->qos = MAX(sum->qos, given->qos);
		sum->flags |= given->flags & VMQ_GRANT_RETAIN_AS_PUBLISHED;
		if (given->id != 0)
			ids[sum->n_ids++] = given->id;
	}
	sum->flags |= n_no_local == n ? VMQ_GRANT_NO_LOCAL : 0;
	sum->flags |= n_relay == n ? VMQ_GRANT_RELAY : 0;
	return n > 0;
}

#define N_SINKS 6

static char *
match_naively(const GPtrArray *all, const char *topic, RouteFlags flags)
{
	GString            *found = g_string_new(NULL);
	g_autofree uint32_t *ids = g_new(uint32_t, all->len + 1);
	VmqGrant            sum;

	/* In the order of addresses: worker, then slot. */
	for (unsigned i = 0; i < N_SINKS; i++) {
		unsigned slot = i < N_SINKS / 2 ? i * 2 : (i - N_SINKS / 2) * 2 + 1;

		if (sum_naively(all, topic, flags, slot, &sum, ids))
			routes_append(found, slot, &sum);
	}
	return g_string_free(found, FALSE);
}

static void
change_at_random(GPtrArray *all, GRand *dice)
{
	g_autofree char *filter = routes_random(dice, true);
	unsigned         slot = (unsigned) g_rand_int_range(dice, 0, N_SINKS);
	unsigned         before = count_local(all, filter);
	guint            at;
	Given           *given = find_given(all, filter, slot, &at);
	bool             changed;

	if (g_rand_int_range(dice, 0, 1000) < 400) {
		if (given != NULL)
			g_ptr_array_remove_index_fast(all, at);
		changed = take(filter, slot);
	} else {
		if (given == NULL) {
			given = g_new0(Given, 1);
			g_ptr_array_add(all, given);
			given->filter = g_strdup(filter);
			given->slot = slot;
		}
		given->qos = (uint8_t) g_rand_int_range(dice, 0, 3);
		given->flags = (uint8_t) g_rand_int_range(dice, 0, 8);
		given->id = g_rand_boolean(dice) ? 0 : (uint32_t) g_rand_int_range(dice, 1, 1000);
		changed = add(filter, slot, given->qos, given->flags, given->id);
	}

	unsigned after = count_local(all, filter);

	ck_assert_msg(changed == ((before == 0) != (after == 0)), "%s: %u, then %u", filter, before,
	              after);
	ck_assert(router_has_local(router, filter) == (after > 0));
	ck_assert_uint_eq(router_count(router), all->len);
}

static void
expect_together(GRand *dice)
{
	g_auto(GStrv) topics = g_new0(char *, ROUTE_QUESTIONS_MAX + 1);

	for (unsigned i = 0; i < ROUTE_QUESTIONS_MAX; i++)
		topics[i] = routes_random(dice, false);
	expect_all((const char *const *) topics,
	           (unsigned) g_rand_int_range(dice, 1, ROUTE_QUESTIONS_MAX));
}

START_TEST(thousands_of_random_filters_match_as_a_naive_matcher_says)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(given_free);
	g_autoptr(GRand) dice = g_rand_new_with_seed(1);
	unsigned n_found = 0;

	setup();
	for (unsigned i = 0; i < 6000; i++) {
		change_at_random(all, dice);

		g_autofree char *topic = routes_random(dice, false);
		RouteFlags       flags = g_rand_boolean(dice) ? ROUTE_LOCAL_ONLY : 0;
		g_autofree char *expected = match_naively(all, topic, flags);

		expect(topic, flags, expected);
		expect_together(dice);
		n_found += expected[0] != '\0';
	}
	ck_assert_uint_gt(n_found, 3000);

	/* And back to nothing. */
	while (all->len > 0) {
		const Given *given = all->pdata[all->len - 1];

		take(given->filter, given->slot);
		g_ptr_array_set_size(all, (gint) all->len - 1);
	}
	expect("a/b", 0, "");
	ck_assert_uint_eq(router_count(router), 0);
	teardown();
}
END_TEST

UNIT_MAIN("router", wildcards_match_as_4_7_says,
          wildcards_in_front_do_not_match_what_begins_with_a_dollar,
          overlapping_filters_of_a_sink_become_one_match, no_local_holds_if_every_filter_says_so,
          a_second_grant_replaces_the_first, what_came_from_another_node_goes_to_no_relay,
          who_wants_all_retained_gets_them_once, a_shared_group_takes_turns,
          a_member_who_is_away_gets_nothing_while_another_is_there,
          each_group_and_each_plain_filter_has_its_own_share,
          interest_begins_with_the_first_local_grant_and_ends_with_the_last,
          a_grant_that_changes_sides_takes_the_interest_along, local_interest_can_be_listed,
          every_change_gives_another_generation, topics_may_be_deep,
          many_questions_are_answered_as_each_alone,
          of_many_questions_too_deep_ones_are_left_open_and_no_turn_is_taken,
          thousands_of_random_filters_match_as_a_naive_matcher_says)
