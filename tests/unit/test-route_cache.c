/* SPDX-License-Identifier: Apache-2.0 */
#include "core/route_cache.h"

#include "core/answers.h"
#include "routes.h"
#include "run/worker.h"
#include "unit.h"

static Router *router;

/* Topics lie in the same places in each run. */
static void
setup(void)
{
	routes_fix_places();
	workers_start(1);
	router = router_new(2);
}

static void
teardown(void)
{
	route_cache_forget();
	router_free(router);
	workers_stop();
}

static void
add(const char *filter, unsigned slot, uint8_t qos, uint8_t flags, uint32_t id)
{
	VmqGrant grant = {.qos = qos, .flags = flags, .n_ids = id != 0, .ids = &id};

	router_add(router, filter, sink(slot), &grant);
}

/* What the router says without a cache. */
static char *
ask_router(const char *topic, RouteFlags flags)
{
	Matches matches = {0};

	router_match(router, text(topic), flags, &matches);

	char *answer = routes_text(&matches);

	matches_free(&matches);
	return answer;
}

static void
expect_as_router(const char *topic, RouteFlags flags)
{
	g_autofree char *expected = ask_router(topic, flags);
	g_autofree char *found = routes_text(route_cache_match(router, text(topic), flags));

	ck_assert_str_eq(found, expected);
}

/* Answers that are not kept are all in one place. */
static bool
is_kept(const char *topic)
{
	static unsigned  n;
	g_autofree char *unknown = g_strdup_printf("unknown/%u", n++);
	const Matches   *fresh = route_cache_match(router, text(unknown), 0);

	return route_cache_match(router, text(topic), 0) != fresh;
}

START_TEST(what_was_asked_twice_is_kept_until_something_changes)
{
	setup();
	add("a", 2, 1, 0, 7);
	add("+", 2, 1, 0, 8);
	expect_as_router("a", 0);
	expect_as_router("a", 0);
	ck_assert(is_kept("a"));
	expect_as_router("a", 0);

	add("b", 2, 1, 0, 0);
	ck_assert(!is_kept("a")); /* the first question after a change */
	ck_assert(!is_kept("a"));
	ck_assert(is_kept("a"));
	expect_as_router("a", 0);
	teardown();
}
END_TEST

START_TEST(flags_ask_another_question)
{
	setup();
	add("a", 2, 1, VMQ_GRANT_RELAY, 0);
	add("a", 4, 1, 0, 0);
	router_want_retained(router, sink(6), true);
	for (unsigned i = 0; i < 12; i++)
		expect_as_router("a", i % 4);
	teardown();
}
END_TEST

START_TEST(long_topics_and_long_answers_are_right_and_not_kept)
{
	g_autofree char *most = g_strnfill(ANSWERS_MAX_TOPIC, 'x');
	g_autofree char *more = g_strnfill(ANSWERS_MAX_TOPIC + 1, 'x');

	setup();
	add("+", 2, 1, 0, 0);
	expect_as_router(most, 0);
	expect_as_router(more, 0);
	expect_as_router(most, 0);
	expect_as_router(more, 0);
	ck_assert(is_kept(most));
	ck_assert(!is_kept(more));

	for (unsigned i = 0; i < ANSWERS_MAX_MATCHES; i++)
		add("many", 4 + i, 1, 0, 0);
	for (unsigned i = 0; i < 3; i++)
		expect_as_router("many", 0);
	ck_assert(!is_kept("many"));
	teardown();
}
END_TEST

/* Returns how many of the answers are right at once. */
static unsigned
look_ahead(const char *const *topics, unsigned n)
{
	VmqBytes       asked[ROUTE_QUESTIONS_MAX];
	const Matches *answers[ROUTE_QUESTIONS_MAX];

	for (unsigned i = 0; i < n; i++)
		asked[i] = text(topics[i]);

	unsigned n_answers = route_cache_expect(router, asked, n, answers), n_right = 0;

	for (unsigned i = 0; i < n_answers; i++) {
		g_autofree char *expected = ask_router(topics[i], 0);
		g_autofree char *found = routes_text(answers[i]);

		n_right += g_str_equal(found, expected);
	}
	return n_right;
}

/* The place of an answer that went through the tree alone. */
static const Matches *
fresh_place(void)
{
	static unsigned  n;
	g_autofree char *unknown = g_strdup_printf("nobody has asked/%u", n++);

	return route_cache_match(router, text(unknown), 0);
}

static void
expect_answer(const char *topic, const char *expected)
{
	g_autofree char *found = routes_text(route_cache_match(router, text(topic), 0));

	ck_assert_str_eq(found, expected);
}

START_TEST(a_shared_group_takes_turns_while_its_answer_is_kept)
{
	static const char *const topics[] = {"a", "x"};

	setup();
	add("$share/g/a", 2, 1, 0, 0);
	add("$share/g/a", 4, 2, 0, 9);
	add("$share/h/+", 6, 0, 0, 0);
	add("#", 8, 1, 0, 7);
	for (unsigned i = 0; i < 3; i++) {
		expect_answer("a", "8/1:7 6/0 2/1");
		expect_answer("a", "8/1:7 6/0 4/2:9");
		if (i > 0)
			ck_assert(!route_cache_wants_more()); /* the tree was not asked */
	}

	/* What was expected is an answer, too. */
	fresh_place();
	look_ahead(topics, 2);
	expect_answer("a", "8/1:7 6/0 2/1");
	look_ahead(topics, 2);
	expect_answer("x", "8/1:7 6/0");

	router_set_away(router, "$share/g/a", sink(2), true);
	expect_answer("a", "8/1:7 6/0 4/2:9");
	expect_answer("a", "8/1:7 6/0 4/2:9");
	router_remove(router, "$share/g/a", sink(4));
	expect_answer("a", "8/1:7 6/0 2/1");
	teardown();
}
END_TEST

/* Is it right, and was it known before it was asked? */
static bool
was_known(const char *topic, RouteFlags flags)
{
	g_autofree char *expected = ask_router(topic, flags);
	const Matches   *answer = route_cache_match(router, text(topic), flags);
	g_autofree char *found = routes_text(answer);

	ck_assert_str_eq(found, expected);
	return answer != fresh_place();
}

START_TEST(what_was_expected_is_known_before_it_is_asked)
{
	static const char *const topics[] = {"a", "b", "c", "d"};

	setup();
	add("+", 2, 1, 0, 0);
	add("b", 4, 1, 0, 0);
	ck_assert(!route_cache_wants_more()); /* nothing has been asked */
	fresh_place();
	ck_assert(route_cache_wants_more());
	ck_assert_uint_eq(look_ahead(topics, 4), 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(!route_cache_wants_more());
		expect_as_router(topics[i], 0);
	}
	ck_assert(route_cache_wants_more());

	/* Asked again they are kept, and then nothing needs to be expected. */
	look_ahead(topics, 4);
	expect_as_router("a", 0);
	expect_as_router("a", 0);
	ck_assert(!route_cache_wants_more());

	/* Nor is it of use where topics are too long for it. */
	g_autofree char *more = g_strnfill(ANSWERS_MAX_TOPIC + 1, 'x');

	fresh_place();
	ck_assert(route_cache_wants_more());
	expect_as_router(more, 0);
	ck_assert(!route_cache_wants_more());
	teardown();
}
END_TEST

/* Each time one question, after which nothing is expected any more. */
START_TEST(what_was_expected_is_used_for_nothing_else)
{
	static const char *const topics[] = {"a", "b", "c/d"};

	setup();
	add("+", 2, 1, VMQ_GRANT_RELAY, 0);
	add("b", 4, 1, 0, 0);
	look_ahead(topics, 3);
	ck_assert(was_known("a", 0));
	look_ahead(topics, 3);
	ck_assert(was_known("b", 0)); /* what is before it does not come any more */
	look_ahead(topics, 3);
	ck_assert(!was_known("c", 0));
	look_ahead(topics, 3);
	ck_assert(!was_known("a", ROUTE_LOCAL_ONLY));
	look_ahead(topics, 3);
	add("a", 6, 1, 0, 0);
	ck_assert(!was_known("a", 0)); /* something has changed */
	teardown();
}
END_TEST

START_TEST(answers_are_the_routers_while_filters_change)
{
	g_autoptr(GRand) dice = g_rand_new_with_seed(2);

	setup();
	for (unsigned i = 0; i < 20000; i++) {
		if (g_rand_int_range(dice, 0, 10) == 0) {
			g_autofree char *filter = routes_random(dice, true);
			unsigned         slot = (unsigned) g_rand_int_range(dice, 0, 6);

			if (g_rand_boolean(dice))
				add(filter, slot, 1, (uint8_t) g_rand_int_range(dice, 0, 8), i + 1);
			else
				router_remove(router, filter, sink(slot));
		}

		g_autofree char *topic = routes_random(dice, false);
		g_autofree char *other = routes_random(dice, false);

		if (g_rand_int_range(dice, 0, 3) == 0)
			look_ahead((const char *[]){topic, other, "a", topic}, 4);
		expect_as_router(topic, (unsigned) g_rand_int_range(dice, 0, 4));
	}
	teardown();
}
END_TEST

/* A round of questions on so many topics; returns how many were answered without the tree. */
static unsigned
ask_all(unsigned n_topics)
{
	const Matches *tree = fresh_place();
	unsigned       n_known = 0;

	for (unsigned i = 0; i < n_topics; i++) {
		g_autofree char *topic = g_strdup_printf("many/%u", i);
		const Matches   *answer = route_cache_match(router, text(topic), 0);

		n_known += answer != tree;
		ck_assert_uint_eq(answer->n, 1);
		ck_assert_uint_eq(answer->items[0].addr.slot, i);
	}
	return n_known;
}

START_TEST(as_many_topics_are_known_as_there_are_filters)
{
	enum { N = 10 * ANSWERS_MIN_PLACES };

	setup();
	for (unsigned i = 0; i < N; i++) {
		g_autofree char *filter = g_strdup_printf("many/%u", i);

		add(filter, i, 1, 0, 0);
	}
	for (unsigned i = 0; i < 3; i++)
		ask_all(N);
	ck_assert_uint_ge(ask_all(N), N * 9 / 10);
	ck_assert(route_cache_wants_more()); /* they are known, but so many that they are far away */
	expect_as_router("many/1", 0);
	expect_as_router("many/1", 0);
	ck_assert(!route_cache_wants_more()); /* this one is not */
	teardown();
}
END_TEST

START_TEST(what_is_known_is_foreseen_too)
{
	static const char *const topics[] = {"a", "b", "c"};

	setup();
	add("+", 2, 1, 0, 0);
	add("b", 4, 1, 0, 0);
	for (unsigned i = 0; i < 3; i++)
		expect_as_router("b", 0);
	ck_assert_uint_eq(look_ahead(topics, 3), 3);
	expect_as_router("a", 0);
	expect_as_router("b", 0);
	ck_assert(was_known("c", 0));
	teardown();
}
END_TEST

START_TEST(more_topics_than_places_are_no_harm)
{
	setup();
	add("+/5", 2, 1, 0, 0);
	for (unsigned i = 0; i < 5 * ANSWERS_MIN_PLACES; i++) {
		g_autofree char *topic = g_strdup_printf("%u/%u", i / 2, i % 10);

		expect_as_router(topic, 0);
		expect_as_router(topic, 0);
	}
	route_cache_forget();
	expect_as_router("1/5", 0);
	teardown();
}
END_TEST

UNIT_MAIN("route_cache", what_was_asked_twice_is_kept_until_something_changes,
          flags_ask_another_question, a_shared_group_takes_turns_while_its_answer_is_kept,
          long_topics_and_long_answers_are_right_and_not_kept,
          what_was_expected_is_known_before_it_is_asked, what_was_expected_is_used_for_nothing_else,
          what_is_known_is_foreseen_too, as_many_topics_are_known_as_there_are_filters,
          answers_are_the_routers_while_filters_change, more_topics_than_places_are_no_harm)
