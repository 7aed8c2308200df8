/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - what time it is, and the hybrid logical clock of stamps */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

#define COUNTER_BITS 16

static _Atomic VmqStamp newest;

static int64_t
read_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_monotonic_ms(void)
{
	return MAX(read_ms(CLOCK_MONOTONIC), 1);
}

int64_t
clock_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

VmqStamp
clock_stamp_new(void)
{
	VmqStamp now = (VmqStamp) clock_wall_ms() << COUNTER_BITS;
	VmqStamp last = atomic_load_explicit(&newest, memory_order_relaxed);
	VmqStamp next;

	do
		next = MAX(now, last + 1);
	while (!atomic_compare_exchange_weak_explicit(&newest, &last, next, memory_order_relaxed,
	                                              memory_order_relaxed));
	return next;
}

VmqStamp
clock_stamp_seen(VmqStamp stamp)
{
	VmqStamp bound = (VmqStamp) (clock_wall_ms() + CLOCK_MAX_SKEW_MS) << COUNTER_BITS;
	VmqStamp seen = MIN(stamp, bound);
	VmqStamp last = atomic_load_explicit(&newest, memory_order_relaxed);

	while (last < seen && !atomic_compare_exchange_weak_explicit(
	                              &newest, &last, seen, memory_order_relaxed, memory_order_relaxed))
		;
	return seen;
}
