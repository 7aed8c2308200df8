/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "unit.h"

#include <pthread.h>

START_TEST(the_clock_does_not_go_back)
{
	int64_t ms = clock_monotonic_ms(), ns = clock_monotonic_ns();

	ck_assert_int_gt(ms, 0);
	for (unsigned i = 0; i < 10000; i++) {
		int64_t next_ms = clock_monotonic_ms(), next_ns = clock_monotonic_ns();

		ck_assert_int_ge(next_ms, ms);
		ck_assert_int_ge(next_ns, ns);
		ms = next_ms;
		ns = next_ns;
	}
	ck_assert_int_ge(ns / 1000000, ms);
	ck_assert_int_gt(clock_wall_ms(), INT64_C(1600000000000));
}
END_TEST

START_TEST(each_stamp_is_above_the_one_before_and_tells_the_time)
{
	int64_t  before_ms = clock_wall_ms();
	VmqStamp last = 0;

	for (unsigned i = 0; i < 200000; i++) {
		VmqStamp stamp = clock_stamp_new();

		ck_assert_uint_gt(stamp, last);
		last = stamp;
	}
	ck_assert_int_ge((int64_t) (last >> 16), before_ms);
}
END_TEST

START_TEST(ours_is_above_what_was_seen_of_others)
{
	VmqStamp ahead = clock_stamp_new() + ((VmqStamp) 30000 << 16);

	ck_assert_uint_eq(clock_stamp_seen(ahead), ahead);
	ck_assert_uint_eq(clock_stamp_new(), ahead + 1);
	ck_assert_uint_eq(clock_stamp_seen(1), 1); /* an old one is told, and changes nothing */
	ck_assert_uint_eq(clock_stamp_new(), ahead + 2);
}
END_TEST

START_TEST(a_clock_far_ahead_does_not_take_ours_along)
{
	VmqStamp seen = clock_stamp_seen(UINT64_MAX);
	int64_t  bound_ms = clock_wall_ms() + CLOCK_MAX_SKEW_MS;

	ck_assert_int_le((int64_t) (seen >> 16), bound_ms);
	ck_assert_int_ge((int64_t) (seen >> 16), bound_ms - 60000);
	ck_assert_uint_gt(clock_stamp_new(), seen);
}
END_TEST

#define N_STAMPS 50000

static VmqStamp stamps[4][N_STAMPS];

static void *
run_stamper(void *mine)
{
	for (unsigned i = 0; i < N_STAMPS; i++)
		((VmqStamp *) mine)[i] = clock_stamp_new();
	return NULL;
}

static int
by_number(const void *a, const void *b)
{
	VmqStamp x = *(const VmqStamp *) a, y = *(const VmqStamp *) b;

	return (x > y) - (x < y);
}

START_TEST(no_two_threads_get_the_same_stamp)
{
	pthread_t threads[G_N_ELEMENTS(stamps)];
	VmqStamp *all = stamps[0];

	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_create(&threads[i], NULL, run_stamper, stamps[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	qsort(all, G_N_ELEMENTS(stamps) * N_STAMPS, sizeof(*all), by_number);
	for (unsigned i = 1; i < G_N_ELEMENTS(stamps) * N_STAMPS; i++)
		ck_assert_uint_ne(stamps[i / N_STAMPS][i % N_STAMPS],
		                  stamps[(i - 1) / N_STAMPS][(i - 1) % N_STAMPS]);
}
END_TEST

UNIT_MAIN("clock", the_clock_does_not_go_back, each_stamp_is_above_the_one_before_and_tells_the_time,
          ours_is_above_what_was_seen_of_others, a_clock_far_ahead_does_not_take_ours_along,
          no_two_threads_get_the_same_stamp)
