/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "fake/clock.h"
#include "house.h"
#include "run/offload.h"
#include "unit.h"

static void
teardown(void)
{
	memory_unwatch();
	offload_stop();
	house_tear_down();
}

static void
limit_to(uint64_t bytes)
{
	Limits limits = house_limits();

	limits.memory_limit = bytes;
	house_set_limits(&limits);
	memory_watch();
}

START_TEST(a_process_has_some_memory_and_never_had_less_than_now)
{
	uint64_t now = memory_now();

	ck_assert_uint_gt(now, 100000);
	ck_assert_uint_lt(now, UINT64_C(1) << 46);
	ck_assert_uint_ge(memory_most(), now);
}
END_TEST

#define TAKEN (64u * 1024 * 1024)

/* Memory that was touched, and so is in memory; the caller frees it. */
static char *
take(void)
{
	char *block = g_malloc(TAKEN);

	for (size_t i = 0; i < TAKEN; i += 1024)
		((volatile char *) block)[i] = 1;
	return block;
}

START_TEST(what_is_taken_shows)
{
	uint64_t         before = memory_now();
	g_autofree char *block = take();

	ck_assert_uint_ge(memory_now(), before + TAKEN / 2);
	g_clear_pointer(&block, g_free);
	ck_assert_uint_ge(memory_most(), before + TAKEN / 2);
}
END_TEST

START_TEST(it_is_short_above_the_limit_and_never_without_one)
{
	house_build(1);
	limit_to(0);
	ck_assert(!memory_is_short());
	limit_to(1024);
	ck_assert(memory_is_short());
	memory_watch(); /* it is counted once for as long as it lasts */
	ck_assert_int_eq(vmq_counter_read(core.counters.memory_reached), 1);
	limit_to(UINT64_C(1) << 50);
	ck_assert(!memory_is_short());
	limit_to(1024);
	ck_assert_int_eq(vmq_counter_read(core.counters.memory_reached), 2);
	limit_to(0);
	ck_assert(!memory_is_short());
	limit_to(1024);
	memory_unwatch();
	ck_assert(!memory_is_short());
	teardown();
}
END_TEST

START_TEST(it_stays_short_until_it_is_a_twentieth_below)
{
	/* So much that a fortieth of it, by which the limit is above, is more than tests move. */
	g_autofree char *block = take();

	house_build(1);
	limit_to(memory_now() / 40 * 41);
	ck_assert(!memory_is_short());
	limit_to(1024);
	ck_assert(memory_is_short());
	limit_to(memory_now() / 40 * 41);
	ck_assert(memory_is_short());
	limit_to(memory_now() / 10 * 12);
	ck_assert(!memory_is_short());
	teardown();
}
END_TEST

START_TEST(it_is_looked_at_ten_times_a_second_while_there_is_a_limit)
{
	Limits limits = house_limits();

	house_build(1);
	limit_to(UINT64_C(1) << 50);
	limits.memory_limit = 1024;
	house_set_limits(&limits);
	fake_clock_advance(99);
	turn_once();
	ck_assert(!memory_is_short());
	fake_clock_advance(1);
	turn_once();
	ck_assert(memory_is_short());
	teardown();
}
END_TEST

UNIT_MAIN("memory", a_process_has_some_memory_and_never_had_less_than_now, what_is_taken_shows,
          it_is_short_above_the_limit_and_never_without_one,
          it_stays_short_until_it_is_a_twentieth_below,
          it_is_looked_at_ten_times_a_second_while_there_is_a_limit)
