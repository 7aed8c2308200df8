/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - a clock that a test turns */
#include "fake/clock.h"

#include <stdatomic.h>

#define WALL_MS INT64_C(1767225600000) /* 2026 begins */

static _Atomic int64_t  passed_ms = 1000000;
static _Atomic VmqStamp newest;

void
fake_clock_advance(int64_t ms)
{
	atomic_fetch_add(&passed_ms, ms);
}

int64_t
clock_monotonic_ms(void)
{
	return atomic_load(&passed_ms);
}

int64_t
clock_monotonic_ns(void)
{
	return clock_monotonic_ms() * 1000000;
}

int64_t
clock_wall_ms(void)
{
	return WALL_MS + clock_monotonic_ms();
}

VmqStamp
clock_stamp_new(void)
{
	VmqStamp last = atomic_load(&newest), next;

	do
		next = MAX((VmqStamp) clock_wall_ms() << 16, last + 1);
	while (!atomic_compare_exchange_weak(&newest, &last, next));
	return next;
}

VmqStamp
clock_stamp_seen(VmqStamp stamp)
{
	VmqStamp last = atomic_load(&newest);

	while (last < stamp && !atomic_compare_exchange_weak(&newest, &last, stamp))
		;
	return stamp;
}
