/* SPDX-License-Identifier: Apache-2.0 */
/* span.c - what happened between two moments, here and in the broker */
#include "bench/span.h"

#include "base/clock.h"
#include "bench/run.h"

#include <unistd.h>

Span
span_begin(Run *run)
{
	const int ourselves = getpid();

	return (Span){
		.tally = run_tally(run),
		.seconds = (double) clock_monotonic_ns() / 1e9,
		.broker = costs_of(run->plan->pids, run->plan->n_pids),
		.generator_s = costs_of(&ourselves, 1).cpu_s,
	};
}

void
span_end(Span *span, Run *run)
{
	Span now = span_begin(run);

	tally_subtract(&now.tally, &span->tally);
	now.seconds -= span->seconds;
	now.generator_s -= span->generator_s;
	now.grown_kib = (double) now.broker.resident_kib - (double) span->broker.resident_kib;
	now.broker.cpu_s -= span->broker.cpu_s;
	now.broker.voluntary_switches -= span->broker.voluntary_switches;
	now.broker.involuntary_switches -= span->broker.involuntary_switches;
	*span = now;
}
