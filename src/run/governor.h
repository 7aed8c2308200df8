/* SPDX-License-Identifier: Apache-2.0 */
/*
 * governor.h - decides how many workers turn at the same time
 *
 * Where each worker has a core of its own, all should. Where the cores are filled, by other programs
 * or by the very clients that are served, workers take them from each other: each comes to run more
 * often and finds less to do, and a write that could have carried ten messages carries five. Then
 * fewer at a time get more done. Which of the two it is cannot be told from outside, so it is tried:
 * two periods with half as many, or with twice as many if they are few, between two as they are.
 * Fewer stay if they get as much done; more stay if they get more done. Nothing is tried while
 * workers have little to do or keep their cores, and each trial waits longer than the one before.
 *
 * An engine: it has no clock, and asks nobody. Threads: one at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a caller should aim at for the length of a period. */
#define GOVERNOR_PERIOD_NS INT64_C(100000000)

/* Periods from a trial to the next, at first and at most. */
#define GOVERNOR_PAUSE_MIN 40
#define GOVERNOR_PAUSE_MAX 160

typedef struct {
	unsigned n_workers;
	unsigned limit;               /* how many at a time, outside of trials */
	unsigned candidate;           /* how many in the trial under way; 0: there is none */
	unsigned step;                /* periods of it that are over */
	double   as_it_was, as_tried; /* work per ns in it, sums of two periods each */
	bool     upwards;             /* where the next one goes */
	unsigned pause, rest;         /* periods from trial to trial, and until the next */
	unsigned n_calm;              /* periods since cores were short */
} Governor;

typedef struct {
	int64_t elapsed_ns; /* above 0 */
	int64_t cpu_ns;     /* what all threads together have run */
	int64_t preempted;  /* how often one of them lost its core and was not done */
	int64_t work;       /* what they got done, in units that are alike */
} GovernorPeriod;

void governor_init(Governor *governor, unsigned n_workers);

/* How many should turn at the same time in the next period, 1 to n_workers, in view of the last. */
unsigned governor_next(Governor *governor, const GovernorPeriod *period);
