/* SPDX-License-Identifier: Apache-2.0 */
#include "run/governor.h"

#include "unit.h"

#include <string.h>

/* A machine on which so many workers at a time get so much done. */
typedef struct {
	Governor governor;
	unsigned limit;
	double   done[9];      /* by how many turn, 1 to 8 */
	double   growth;       /* of the load, in each period */
	int64_t  cpu_percent;  /* of one core */
	int64_t  preempted;    /* in a period */
	unsigned n_periods[9]; /* by how many turned */
} Machine;

/* Busy, short of cores, and as much is done however many turn. */
static Machine
machine_of(unsigned n_workers)
{
	Machine machine = {.limit = n_workers, .growth = 1, .cpu_percent = 150, .preempted = 30};

	governor_init(&machine.governor, n_workers);
	for (unsigned i = 1; i <= 8; i++)
		machine.done[i] = 100000;
	return machine;
}

static void
run(Machine *machine, unsigned n_periods)
{
	for (unsigned i = 0; i < n_periods; i++) {
		GovernorPeriod period = {
			.elapsed_ns = GOVERNOR_PERIOD_NS,
			.cpu_ns = machine->cpu_percent * GOVERNOR_PERIOD_NS / 100,
			.preempted = machine->preempted,
			.work = (int64_t) machine->done[machine->limit],
		};

		machine->n_periods[machine->limit]++;
		machine->limit = governor_next(&machine->governor, &period);
		for (unsigned n = 1; n <= 8; n++)
			machine->done[n] *= machine->growth;
	}
}

static void
forget_periods(Machine *machine)
{
	memset(machine->n_periods, 0, sizeof(machine->n_periods));
}

/* Runs for long: in all periods but those of trials so many turn. */
static void
expect_settled_on(Machine *machine, unsigned n)
{
	forget_periods(machine);
	run(machine, 1000);
	ck_assert_uint_ge(machine->n_periods[n], 980);
}

START_TEST(all_turn_while_they_keep_their_cores)
{
	Machine machine = machine_of(4);

	machine.preempted = 7;
	run(&machine, 1000);
	ck_assert_uint_eq(machine.n_periods[4], 1000);
}
END_TEST

START_TEST(all_turn_while_they_have_little_to_do)
{
	Machine machine = machine_of(4);

	machine.cpu_percent = 24;
	run(&machine, 1000);
	ck_assert_uint_eq(machine.n_periods[4], 1000);
}
END_TEST

START_TEST(fewer_turn_if_they_get_as_much_done)
{
	Machine machine = machine_of(8);

	run(&machine, 1);
	ck_assert_uint_eq(machine.limit, 4);
	run(&machine, 4);
	ck_assert_uint_eq(machine.limit, 2);
	run(&machine, 4);
	ck_assert_uint_eq(machine.limit, 1);
	run(&machine, 3);
	expect_settled_on(&machine, 1);
	ck_assert_uint_ge(machine.n_periods[2], 2);
	ck_assert_uint_eq(machine.n_periods[4], 0);
}
END_TEST

START_TEST(all_turn_if_fewer_get_less_done)
{
	Machine machine = machine_of(2);

	machine.done[1] = 94000;
	expect_settled_on(&machine, 2);
	ck_assert_uint_ge(machine.n_periods[1], 2);
}
END_TEST

START_TEST(as_many_turn_as_there_are_cores)
{
	Machine machine = machine_of(8);

	machine.done[1] = 30000;
	machine.done[2] = 60000;
	run(&machine, 1000);
	ck_assert_uint_ge(machine.n_periods[4], 950);
	ck_assert_uint_ge(machine.n_periods[8], 4); /* it was tried again whether more get more done */
	ck_assert_uint_ge(machine.n_periods[2], 4);
}
END_TEST

START_TEST(more_turn_when_they_get_more_done)
{
	Machine machine = machine_of(8);

	run(&machine, 100);
	ck_assert_uint_eq(machine.limit, 1);
	for (unsigned n = 1; n <= 8; n++)
		machine.done[n] = 20000 * n;
	run(&machine, 2 * GOVERNOR_PAUSE_MAX);
	expect_settled_on(&machine, 8);
}
END_TEST

/* It is never quite steady: what is a little better is no reason to have more at it. */
START_TEST(little_more_is_not_worth_more_workers)
{
	Machine machine = machine_of(2);

	machine.done[1] = 96000;
	run(&machine, 100);
	ck_assert_uint_eq(machine.limit, 1);
	machine.done[1] = 93000;
	expect_settled_on(&machine, 1);
	machine.done[1] = 92000;
	run(&machine, GOVERNOR_PAUSE_MAX + 4);
	ck_assert_uint_eq(machine.limit, 2);
}
END_TEST

START_TEST(a_load_that_grows_is_not_taken_for_a_gain)
{
	Machine machine = machine_of(2);

	run(&machine, 10);
	machine.growth = 1.05;
	forget_periods(&machine);
	run(&machine, 250);
	ck_assert_uint_ge(machine.n_periods[1], 240);
	ck_assert_uint_ge(machine.n_periods[2], 2);
}
END_TEST

START_TEST(trials_become_rare_and_begin_anew_after_a_calm)
{
	Machine machine = machine_of(2);

	machine.done[1] = 50000;
	run(&machine, 4); /* the first */
	forget_periods(&machine);
	run(&machine, GOVERNOR_PAUSE_MIN);
	ck_assert_uint_eq(machine.n_periods[1], 0);
	run(&machine, 4); /* the second */
	ck_assert_uint_eq(machine.n_periods[1], 2);
	run(&machine, 2 * GOVERNOR_PAUSE_MIN);
	ck_assert_uint_eq(machine.n_periods[1], 2);
	run(&machine, 4); /* the third */
	ck_assert_uint_eq(machine.n_periods[1], 4);

	machine.preempted = 0;
	run(&machine, 10);
	machine.preempted = 30;
	run(&machine, 4); /* at once */
	ck_assert_uint_eq(machine.n_periods[1], 6);
	run(&machine, GOVERNOR_PAUSE_MIN);
	ck_assert_uint_eq(machine.n_periods[1], 6);
}
END_TEST

START_TEST(all_turn_again_as_soon_as_there_is_little_to_do)
{
	Machine machine = machine_of(4);

	run(&machine, 100);
	ck_assert_uint_eq(machine.limit, 1);
	machine.cpu_percent = 20;
	run(&machine, 1);
	ck_assert_uint_eq(machine.limit, 4);
}
END_TEST

START_TEST(nothing_is_concluded_from_a_period_that_was_slept_through)
{
	Machine        machine = machine_of(2);
	GovernorPeriod long_one = {.elapsed_ns = 4 * GOVERNOR_PERIOD_NS,
	                           .cpu_ns = 4 * GOVERNOR_PERIOD_NS,
	                           .preempted = 1000,
	                           .work = 1};

	run(&machine, 2); /* in a trial */
	ck_assert_uint_eq(machine.limit, 1);
	ck_assert_uint_eq(governor_next(&machine.governor, &long_one), 2);
	machine.limit = 2;
	machine.preempted = 0;
	run(&machine, 100);
	ck_assert_uint_eq(machine.limit, 2);
}
END_TEST

UNIT_MAIN("governor", all_turn_while_they_keep_their_cores, all_turn_while_they_have_little_to_do,
          fewer_turn_if_they_get_as_much_done, all_turn_if_fewer_get_less_done,
          as_many_turn_as_there_are_cores, more_turn_when_they_get_more_done,
          little_more_is_not_worth_more_workers, a_load_that_grows_is_not_taken_for_a_gain,
          trials_become_rare_and_begin_anew_after_a_calm,
          all_turn_again_as_soon_as_there_is_little_to_do,
          nothing_is_concluded_from_a_period_that_was_slept_through)
