/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew.h - how many of the workers turn at the same time
 *
 * All of them, unless fewer get as much done: every so often the governor is told how they fared, and
 * says how many permits there are.
 *
 * Threads: enter, let_others and leave on the worker concerned, the others on control; start and stop
 *          while no worker turns.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void crew_start(unsigned n_workers);
void crew_stop(void);

/* Gives the crew a measure of what gets done: a sum that grows. Until then all turn. */
void crew_measure(int64_t (*get_done)(void));

/*
 * Before and after a worker turns. `now_ns` is monotonic, and may be a turn old. crew_enter() returns
 * whether workers take turns; if so, one that has read lets those who wait go first before it writes.
 */
bool crew_enter(unsigned worker);
void crew_let_others(unsigned worker);
void crew_leave(unsigned worker, int64_t now_ns);
