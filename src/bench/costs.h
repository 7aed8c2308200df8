/* SPDX-License-Identifier: Apache-2.0 */
/*
 * costs.h - what processes have used so far, as Linux counts it
 *
 * Fails:   a process that is gone, or hides what it uses, counts as 0.
 */
#pragma once

#include <stdint.h>

typedef struct {
	double   cpu_s; /* user and system time of all threads */
	uint64_t resident_kib, peak_kib;
	uint64_t voluntary_switches, involuntary_switches;
} Costs;

/* The sum over all of them. */
Costs costs_of(const int *pids, unsigned n_pids);
