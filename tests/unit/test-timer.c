/* SPDX-License-Identifier: Apache-2.0 */
#include "run/timer.h"
#include "unit.h"

static Timers   timers;
static unsigned n_fired;
static int64_t  last_ms;

static void
on_due(Timer *timer)
{
	ck_assert_uint_eq(timer->place, 0);
	ck_assert_int_ge(timer->at_ms, last_ms);
	last_ms = timer->at_ms;
	n_fired++;
}

START_TEST(what_is_due_fires_in_its_order_and_once)
{
	Timer some[5];

	for (unsigned i = 0; i < G_N_ELEMENTS(some); i++) {
		some[i] = (Timer){.func = on_due};
		timer_set(&timers, &some[i], 100 - i * 10);
	}
	ck_assert_int_eq(timers_next_ms(&timers), 60);
	timers_run(&timers, 59);
	ck_assert_uint_eq(n_fired, 0);
	timers_run(&timers, 80);
	ck_assert_uint_eq(n_fired, 3);
	timers_run(&timers, 80);
	ck_assert_uint_eq(n_fired, 3);
	ck_assert_int_eq(timers_next_ms(&timers), 90);
	timers_run(&timers, 1000);
	ck_assert_uint_eq(n_fired, 5);
	ck_assert_int_eq(timers_next_ms(&timers), INT64_MAX);
	timers_clear(&timers);
}
END_TEST

START_TEST(a_timer_that_is_set_is_moved_and_one_that_is_stopped_is_not_called)
{
	Timer a = {.func = on_due}, b = {.func = on_due};

	timer_stop(&timers, &a); /* nothing */
	timer_set(&timers, &a, 10);
	timer_set(&timers, &b, 20);
	timer_set(&timers, &a, 30);
	ck_assert_int_eq(timers_next_ms(&timers), 20);
	timer_set(&timers, &a, 5);
	ck_assert_int_eq(timers_next_ms(&timers), 5);
	timer_stop(&timers, &a);
	timer_stop(&timers, &a);
	timers_run(&timers, 100);
	ck_assert_uint_eq(n_fired, 1);
	timers_clear(&timers);
}
END_TEST

START_TEST(clearing_leaves_timers_that_can_be_set_again)
{
	Timer a = {.func = on_due};

	timer_set(&timers, &a, 10);
	timers_clear(&timers);
	ck_assert_uint_eq(a.place, 0);
	timer_set(&timers, &a, 10);
	timers_run(&timers, 10);
	ck_assert_uint_eq(n_fired, 1);
	timers_clear(&timers);
}
END_TEST

static unsigned n_restless, n_quiet;

static void
on_restless(Timer *timer)
{
	n_restless++;
	timer_set(&timers, timer, 0);
}

static void
on_quiet(Timer *timer)
{
	(void) timer;
	n_quiet++;
}

START_TEST(a_timer_that_sets_itself_again_does_not_keep_others_waiting)
{
	Timer restless = {.func = on_restless}, quiet[3];

	timer_set(&timers, &restless, 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(quiet); i++) {
		quiet[i] = (Timer){.func = on_quiet};
		timer_set(&timers, &quiet[i], 2);
	}
	timers_run(&timers, 10);
	ck_assert_uint_eq(n_restless, 1); /* each at most once */
	ck_assert_uint_eq(n_quiet, 3);
	timers_run(&timers, 11);
	ck_assert_uint_eq(n_restless, 2);
	timer_stop(&timers, &restless);
	timers_clear(&timers);
}
END_TEST

static Timer victim = {.func = on_due};

static void
on_killer(Timer *timer)
{
	(void) timer;
	timer_stop(&timers, &victim);
}

START_TEST(a_timer_may_stop_another_that_is_due_too)
{
	Timer killer = {.func = on_killer};

	timer_set(&timers, &killer, 1);
	timer_set(&timers, &victim, 2);
	timers_run(&timers, 10);
	ck_assert_uint_eq(n_fired, 0);
	timers_clear(&timers);
}
END_TEST

/* ---- the oracle: all timers in a row ---- */

static Timer    many[200];
static bool     is_set[G_N_ELEMENTS(many)];
static unsigned n_expected;

static void
on_one_of_many(Timer *timer)
{
	unsigned i = (unsigned) (timer - many);

	unsigned n_earlier = 0;

	ck_assert(is_set[i]);
	for (unsigned j = 0; j < G_N_ELEMENTS(many); j++)
		n_earlier += is_set[j] && many[j].at_ms < timer->at_ms;
	ck_assert_uint_eq(n_earlier, 0);
	is_set[i] = false;
	n_expected--;
}

START_TEST(the_heap_is_what_a_row_would_be)
{
	g_autoptr(GRand) dice = g_rand_new_with_seed(8);
	int64_t now_ms = 0;

	for (unsigned i = 0; i < 30000; i++) {
		unsigned at = (unsigned) g_rand_int_range(dice, 0, G_N_ELEMENTS(many));
		int64_t  next_ms = INT64_MAX;

		many[at].func = on_one_of_many;
		is_set[at] = g_rand_int_range(dice, 0, 4) != 0;
		if (is_set[at])
			timer_set(&timers, &many[at], now_ms + g_rand_int_range(dice, -5, 300));
		else
			timer_stop(&timers, &many[at]);

		for (unsigned j = 0; j < G_N_ELEMENTS(many); j++)
			if (is_set[j])
				next_ms = MIN(next_ms, many[j].at_ms);
		ck_assert_int_eq(timers_next_ms(&timers), next_ms);
		if (g_rand_int_range(dice, 0, 5) != 0)
			continue;

		now_ms += g_rand_int_range(dice, 0, 20);
		n_expected = 0;
		for (unsigned j = 0; j < G_N_ELEMENTS(many); j++)
			n_expected += is_set[j] && many[j].at_ms <= now_ms;
		timers_run(&timers, now_ms);
		ck_assert_uint_eq(n_expected, 0);
	}
	timers_clear(&timers);
}
END_TEST

UNIT_MAIN("timer", what_is_due_fires_in_its_order_and_once,
          a_timer_that_is_set_is_moved_and_one_that_is_stopped_is_not_called,
          clearing_leaves_timers_that_can_be_set_again,
          a_timer_that_sets_itself_again_does_not_keep_others_waiting,
          a_timer_may_stop_another_that_is_due_too, the_heap_is_what_a_row_would_be)
