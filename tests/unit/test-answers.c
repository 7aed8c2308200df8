/* SPDX-License-Identifier: Apache-2.0 */
#include "core/answers.h"

#include "routes.h"
#include "unit.h"

static Answers *answers;

/* The same places in each run. */
static void
setup(void)
{
	routes_fix_places();
	answers = answers_new();
}

static void
teardown(void)
{
	answers_free(answers);
}

static Question
ask(const char *topic, uint32_t generation)
{
	return answers_question(text(topic), 0, generation);
}

/* Returns whether more room is wanted. */
static bool
learn(const Question *question, unsigned slot)
{
	Match   match = {.addr = sink(slot), .qos = 1};
	Matches matches = {.items = &match, .n = 1};

	return answers_learn(answers, question, &matches);
}

/* What is known, as text; "-": nothing. */
static char *
find(const Question *question)
{
	Answer answer;

	return answers_find(answers, question, &answer) ? routes_text(&answer.matches)
	                                                : g_strdup("-");
}

static void
expect_known(const Question *question, const char *expected)
{
	g_autofree char *found = find(question);

	ck_assert_str_eq(found, expected);
}

START_TEST(what_is_learned_twice_is_known)
{
	setup();
	Question a = ask("a", 7), b = ask("b", 7);

	learn(&a, 2);
	expect_known(&a, "-");
	learn(&a, 2);
	expect_known(&a, "2/1");
	expect_known(&b, "-");

	Answer answer;

	ck_assert(answers_find(answers, &a, &answer));
	ck_assert_mem_eq(answer.topic.data, "a", answer.topic.size);
	ck_assert_uint_eq(answer.topic.size, 1);
	teardown();
}
END_TEST

START_TEST(it_is_known_for_one_generation)
{
	setup();
	Question before = ask("a", 7), after = ask("a", 8);

	learn(&before, 2);
	learn(&before, 2);
	expect_known(&after, "-");
	learn(&after, 4);
	expect_known(&after, "-"); /* it was asked twice, but not in this one */
	learn(&after, 4);
	expect_known(&after, "4/1");
	expect_known(&before, "-"); /* it sits where that was */
	teardown();
}
END_TEST

START_TEST(flags_ask_another_question)
{
	setup();
	Question all = ask("a", 7);
	Question local = answers_question(text("a"), ROUTE_LOCAL_ONLY, 7);

	for (unsigned i = 0; i < 2; i++) {
		learn(&all, 2);
		learn(&local, 4);
	}
	expect_known(&all, "2/1");
	expect_known(&local, "4/1");
	teardown();
}
END_TEST

START_TEST(all_of_an_answer_is_kept)
{
	Match    items[] = {{.addr = sink(2), .qos = 2, .id = 9, .n_ids = 1},
	                    {.addr = sink(4), .qos = 0, .id = 0, .n_ids = 2}};
	uint32_t ids[] = {7, 8}, groups[] = {3, 1, 2};
	Matches  matches = {.items = items, .n = 2, .ids = ids, .n_ids = 2, .groups = groups, .n_groups = 3};
	Answer   answer;

	setup();
	Question question = ask("some/topic", 7);

	for (unsigned i = 0; i < 2; i++)
		answers_learn(answers, &question, &matches);
	memset(items, 0, sizeof(items));
	memset(ids, 0, sizeof(ids));
	ck_assert(answers_find(answers, &question, &answer));

	g_autofree char *found = routes_text(&answer.matches);

	ck_assert_str_eq(found, "2/2:9 4/0:7,8");
	ck_assert_uint_eq(answer.matches.n_groups, 3);
	ck_assert_mem_eq(answer.matches.groups, groups, sizeof(groups));
	teardown();
}
END_TEST

START_TEST(that_nobody_wants_it_is_an_answer_too)
{
	Matches none = {0};

	setup();
	Question question = ask("a", 7);

	for (unsigned i = 0; i < 2; i++)
		answers_learn(answers, &question, &none);
	expect_known(&question, "");
	teardown();
}
END_TEST

START_TEST(long_answers_are_not_kept)
{
	Match    items[ANSWERS_MAX_MATCHES + 1] = {0};
	uint32_t numbers[ANSWERS_MAX_MATCHES + 1] = {0};

	setup();
	for (unsigned kind = 0; kind < 3; kind++)
		for (unsigned more = 0; more < 2; more++) {
			g_autofree char *topic = g_strdup_printf("%u/%u", kind, more);
			Question         question = ask(topic, 7);
			unsigned         n = ANSWERS_MAX_MATCHES + more;
			Matches          matches = {.items = items, .ids = numbers, .groups = numbers};
			Answer           answer;

			*(unsigned *[]){&matches.n, &matches.n_ids, &matches.n_groups}[kind] = n;
			for (unsigned i = 0; i < 3; i++)
				answers_learn(answers, &question, &matches);
			ck_assert_int_eq(answers_find(answers, &question, &answer), !more);
		}
	teardown();
}
END_TEST

/* Topics of which each is asked for once. */
static void
ask_in_vain(unsigned n, uint32_t generation)
{
	static unsigned next;

	for (unsigned i = 0; i < n; i++) {
		g_autofree char *topic = g_strdup_printf("once/%u", next++);
		Question         question = ask(topic, generation);

		learn(&question, 9);
	}
}

/* Of so many topics with numbers. */
static unsigned
count_known(const char *before, unsigned n)
{
	unsigned n_known = 0;

	for (unsigned i = 0; i < n; i++) {
		g_autofree char *topic = g_strdup_printf("%s%u", before, i);
		Question         question = ask(topic, 7);
		Answer           answer;

		n_known += answers_find(answers, &question, &answer);
	}
	return n_known;
}

START_TEST(who_is_asked_for_once_drives_out_nobody_who_is_known)
{
	enum { N = ANSWERS_MIN_PLACES / 4 };

	setup();
	for (unsigned i = 0; i < 2 * N; i++) {
		g_autofree char *topic = g_strdup_printf("twice/%u", i / 2);
		Question         question = ask(topic, 7);

		learn(&question, 2);
	}
	ask_in_vain(100 * N, 7);
	/* There are three seats for each of them, but chance may lead more to a bucket. */
	ck_assert_uint_ge(count_known("twice/", N), N * 9 / 10);
	teardown();
}
END_TEST

/* As those who say something at intervals ask: all in turn, again and again. */
START_TEST(who_comes_in_turn_gets_a_seat_while_there_are_seats)
{
	enum { N = ANSWERS_MIN_PLACES / 4 };
	unsigned n_known = 0;

	setup();
	for (unsigned i = 0; i < 3 * N; i++) {
		g_autofree char *topic = g_strdup_printf("turn/%u", i % N);
		Question         question = ask(topic, 7);
		Answer           answer;

		if (answers_find(answers, &question, &answer))
			n_known++;
		else
			learn(&question, 2);
	}
	ck_assert_uint_ge(n_known, N * 9 / 10); /* the third time */
	teardown();
}
END_TEST

START_TEST(more_room_is_wanted_when_more_come_in_one_generation_than_there_is)
{
	Question last;

	setup();
	for (unsigned generation = 0; generation < 10; generation++)
		ask_in_vain(ANSWERS_MIN_PLACES / 2 - 1, generation);
	last = ask("last", 9);
	ck_assert(learn(&last, 2));
	last = ask("one more", 9);
	ck_assert(!learn(&last, 2)); /* it is said once */
	teardown();
}
END_TEST

START_TEST(a_larger_table_has_forgotten_all)
{
	setup();
	Question a = ask("a", 7);
	size_t   small = answers_bytes(answers);

	learn(&a, 2);
	learn(&a, 2);
	answers_grow(answers);
	ck_assert_uint_eq(answers_places(answers), 4 * ANSWERS_MIN_PLACES);
	ck_assert_uint_ge(answers_bytes(answers), 3 * small);
	expect_known(&a, "-");
	learn(&a, 2);
	learn(&a, 2);
	expect_known(&a, "2/1");
	teardown();
}
END_TEST

/* Answers as long as can be, for as long as they fit in. */
START_TEST(it_has_its_bound)
{
	Match    items[ANSWERS_MAX_MATCHES] = {0};
	Matches  matches = {.items = items, .n = ANSWERS_MAX_MATCHES};
	unsigned n = 2 * ANSWERS_MAX_BYTES / sizeof(items);

	setup();
	while (answers_places(answers) < ANSWERS_MAX_PLACES)
		answers_grow(answers);
	for (unsigned i = 0; i < 2 * n; i++) {
		g_autofree char *topic = g_strdup_printf("long/%u", i / 2);
		Question         question = ask(topic, 7);

		answers_learn(answers, &question, &matches);
		ck_assert_uint_le(answers_bytes(answers), ANSWERS_MAX_BYTES);
	}
	ck_assert_uint_ge(answers_bytes(answers), ANSWERS_MAX_BYTES - sizeof(items) - 100);

	unsigned n_known = count_known("long/", n);

	ck_assert_uint_ge(n_known, n / 4);
	ck_assert_uint_le(n_known, n / 2);
	teardown();
}
END_TEST

UNIT_MAIN("answers", what_is_learned_twice_is_known, it_is_known_for_one_generation,
          flags_ask_another_question, all_of_an_answer_is_kept, that_nobody_wants_it_is_an_answer_too,
          long_answers_are_not_kept, who_is_asked_for_once_drives_out_nobody_who_is_known,
          who_comes_in_turn_gets_a_seat_while_there_are_seats,
          more_room_is_wanted_when_more_come_in_one_generation_than_there_is,
          a_larger_table_has_forgotten_all, it_has_its_bound)
