/* SPDX-License-Identifier: Apache-2.0 */
/* span.h - what happened between two moments, here and in the broker */
#pragma once

#include "bench/costs.h"
#include "bench/tally.h"

typedef struct Run Run;

typedef struct {
	Tally  tally;
	double seconds;
	Costs  broker;      /* the difference, but for the memory, which is as it was at the end */
	double generator_s; /* CPU time of ours */
	double grown_kib;   /* resident memory of the broker */
} Span;

/* A moment to measure from; in between phases only. */
Span span_begin(Run *run);
void span_end(Span *span, Run *run);
