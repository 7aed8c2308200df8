/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h - what a run has found out
 *
 * Something that is done a number of times, connect or drain, is a stage; what
 * goes on and on is measured, with a latency.
 */
#pragma once

#include "bench/histogram.h"
#include "bench/span.h"

#include <stdbool.h>

#define RESULT_MAX_STAGES 4

typedef struct {
	const char *name;
	uint64_t    count;
	Span        span;
	bool        is_kept; /* memory grows by what was done */
} ResultStage;

typedef struct {
	Tally       total; /* of the whole run */
	uint64_t    lost;
	bool        is_measured; /* there is a span */
	Span        measured;
	Histogram   latency; /* of deliveries, or of connecting */
	unsigned    n_stages;
	ResultStage stages[RESULT_MAX_STAGES];
} Result;

/* Takes note of a stage that has just ended. Its name must stay. */
void result_add_stage(Result *result, const char *name, uint64_t count, const Span *span);

/* The same, of one that filled the broker's memory. */
void result_add_filling(Result *result, const char *name, uint64_t count, const Span *span);
