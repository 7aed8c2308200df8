/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.c - publishers that publish to subscribers as long as it is measured
 *
 * All connect; each publisher proves that it reaches its subscribers, which in a
 * cluster may take a while; then they publish: to warm up, to be measured, and at
 * last no more, until all is there.
 */
#include "bench/traffic.h"

#include "bench/crowd.h"

static bool
has_all_been_sent(Run *run)
{
	return crowd_has_published(run) && crowd_has_received(run);
}

static bool
measure(Run *run, Result *result)
{
	const bool  is_counted = run->plan->n_messages > 0;
	const Phase phase = {
		.name = "measuring",
		.most_s = is_counted ? 0 : MAX(run->plan->duration_s, 0.001),
		.is_done = is_counted ? has_all_been_sent : NULL,
		.on_tick = crowd_on_tick,
	};

	crowd_set_measuring(run, true);
	result->measured = span_begin(run);

	PhaseEnd end = run_phase(run, &phase);

	span_end(&result->measured, run);
	crowd_set_measuring(run, false);
	result->is_measured = true;
	run_latency(run, &result->latency);
	return end != PHASE_FAILED;
}

void
traffic_run(Run *run, Result *result)
{
	const Phase warm = {
		.name = "warming up",
		.most_s = run->plan->n_messages > 0 ? 0 : run->plan->warmup_s,
		.on_tick = crowd_on_tick,
	};
	const Phase drain = {
		.name = "draining",
		.is_done = crowd_has_received,
		.on_tick = crowd_on_tick,
	};

	if (!crowd_gather_idle(run, run->plan->n_idle, "idle", result))
		return;
	crowd_make_subscribers(run);
	crowd_make_publishers(run);
	if (!crowd_gather(run) || !crowd_prove(run))
		return;
	crowd_start_publishing(run);

	bool is_warm = warm.most_s == 0 || run_phase(run, &warm) != PHASE_FAILED;

	if (is_warm && measure(run, result)) {
		crowd_stop_publishing(run);
		run_phase(run, &drain);
	}
	result->lost = crowd_count_lost(run);
}
