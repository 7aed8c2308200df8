/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - what time it is, and the hybrid logical clock of stamps
 *
 * Threads: any. The stamp is one atomic word.
 */
#pragma once

#include <vibemq/message.h>

/* CLOCK_MONOTONIC in milliseconds, never 0; and in nanoseconds. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_ns(void);

/* Milliseconds since the Unix epoch. */
int64_t clock_wall_ms(void);

/* A stamp above all that were given or seen before (Kulkarni et al. 2014). */
VmqStamp clock_stamp_new(void);

/* How far another node's clock may be ahead of ours. */
#define CLOCK_MAX_SKEW_MS 60000

/*
 * Takes note of another node's stamp, so that ours will be above it. Returns it,
 * clamped to CLOCK_MAX_SKEW_MS ahead of our wall clock.
 */
VmqStamp clock_stamp_seen(VmqStamp stamp);
