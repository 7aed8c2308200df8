/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.h - what is to happen later
 *
 * A binary heap by deadline, intrusive: a timer is embedded in what it serves and
 * knows its place, so that moving and stopping need no search. A heap and not a
 * wheel, because deadlines here are re-armed lazily: a keep alive looks at the
 * time of the last packet when it fires, and a packet never touches the heap.
 *
 * Owner:   a worker.        Threads: that worker only.
 */
#pragma once

#include <vibemq/types.h>

typedef struct Timer Timer;
struct Timer {
	int64_t  at_ms;
	uint32_t place; /* in the heap, from 1; 0: not set */
	void (*func)(Timer *timer);
};

typedef struct {
	Timer  **heap; /* heap[1] is the earliest */
	uint32_t n, room;
	int64_t  running_ms; /* what is set now is due after this; 0: nothing runs */
} Timers;

void timers_clear(Timers *timers);
void timer_set(Timers *timers, Timer *timer, int64_t at_ms);
void timer_stop(Timers *timers, Timer *timer);

/* Monotonic ms of the earliest, or INT64_MAX. */
int64_t timers_next_ms(const Timers *timers);

/*
 * Calls what is due, each at most once: what is set meanwhile is due a millisecond later at the
 * earliest, so that a timer that sets itself again cannot hold the turn.
 */
void timers_run(Timers *timers, int64_t now_ms);
