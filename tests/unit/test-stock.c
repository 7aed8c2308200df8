/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stock.h"
#include "house.h"
#include "unit.h"

START_TEST(what_one_gives_and_takes_counts_at_once_for_itself)
{
	Limits limits = {.max_queued_messages_total = 3};

	house_build(1);
	ck_assert(!stock_is_full(&limits, 1000));
	stock_add(2, 50);
	ck_assert(!stock_is_full(&limits, 1000)); /* the third has its place */
	stock_add(1, 50);
	ck_assert(stock_is_full(&limits, 0));
	turn_once();
	ck_assert(stock_is_full(&limits, 0));
	stock_add(-1, -50);
	ck_assert(!stock_is_full(&limits, 0));
	stock_add(-2, -50);
	house_tear_down();
}
END_TEST

START_TEST(bytes_have_a_bound_that_they_may_reach)
{
	Limits limits = {.max_queued_bytes_total = 100};

	house_build(1);
	stock_add(1000, 60); /* messages have none here */
	ck_assert(!stock_is_full(&limits, 40));
	ck_assert(stock_is_full(&limits, 41));
	stock_add(-1000, -60);
	ck_assert(!stock_is_full(&limits, 100));
	ck_assert(stock_is_full(&limits, 101)); /* even alone */
	house_tear_down();
}
END_TEST

START_TEST(without_bounds_it_is_never_full)
{
	Limits limits = {0};

	house_build(1);
	stock_add(1000000000, INT64_C(1) << 50);
	ck_assert(!stock_is_full(&limits, 1 << 30));
	stock_add(-1000000000, -(INT64_C(1) << 50));
	house_tear_down();
}
END_TEST

static void
look(void *data)
{
	Limits limits = {.max_queued_messages_total = 10};

	*(bool *) data = stock_is_full(&limits, 0);
}

static void
add_five(void *unused)
{
	(void) unused;
	stock_add(5, 500);
}

START_TEST(of_other_workers_one_knows_what_they_held_a_turn_ago)
{
	bool is_full;

	house_build(3);
	stock_add(5, 500);
	turn_on(1, look, &is_full);
	ck_assert(!is_full);
	turn_on(1, add_five, NULL); /* its turn is over when this returns */
	turn_on(2, look, &is_full);
	ck_assert(is_full);
	look(&is_full);
	ck_assert(is_full);
	stock_add(-5, -500);
	turn_once();
	turn_on(2, look, &is_full);
	ck_assert(!is_full);
	house_tear_down();
}
END_TEST

UNIT_MAIN("stock", what_one_gives_and_takes_counts_at_once_for_itself,
          bytes_have_a_bound_that_they_may_reach, without_bounds_it_is_never_full,
          of_other_workers_one_knows_what_they_held_a_turn_ago)
