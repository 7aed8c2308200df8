/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.c - many messages are retained, and then drained by who subscribes to all
 *
 * Publishers share the topics. A message is stored when it is acknowledged; with
 * QoS 0, when a ping behind all of a publisher's messages is answered. At the end
 * all is cleared, so that a broker can be measured again.
 */
#include "bench/retained.h"

#include "bench/crowd.h"

static bool
has_ponged(Run *run)
{
	return run_tally(run).pongs >= run->n_pongs_due;
}

/* Publishes up to where publishers are to stop, and waits until the broker has it. */
static bool
store(Run *run)
{
	const Phase publish = {
		.name = "publishing", .is_done = crowd_has_published, .on_tick = crowd_on_tick};
	const Phase answer = {.name = "publishing", .is_done = has_ponged};

	crowd_start_publishing(run);

	PhaseEnd end = run_phase(run, &publish);

	crowd_stop_publishing(run);
	if (run->plan->qos == 0 && end == PHASE_DONE) {
		for (unsigned i = 0; i < run->n_publishers; i++)
			publisher_ping(&run->publishers[i]);
		run->n_pongs_due += run->n_publishers;
		end = run_phase(run, &answer);
	}
	if (end == PHASE_STALLED)
		run_fail(run, "the broker does not acknowledge what is to be retained");
	return end == PHASE_DONE;
}

static bool
has_drained(Run *run)
{
	uint64_t expected = (uint64_t) run->plan->n_topics * run->n_subscribers;

	return run_tally(run).received >= expected;
}

static bool
drain(Run *run, Result *result)
{
	uint64_t expected = (uint64_t) run->plan->n_topics * run->plan->n_subscribers;

	crowd_make_subscribers(run);

	Span     span = span_begin(run);
	PhaseEnd end = run_phase(run, &(Phase){.name = "draining", .is_done = has_drained});

	span_end(&span, run);
	result_add_stage(result, "drained", span.tally.received, &span);
	result->lost = expected - MIN(run_tally(run).received, expected);
	run->loops[0].tally.expected += expected;
	return end != PHASE_FAILED;
}

void
retained_run(Run *run, Result *result)
{
	if (!crowd_gather_idle(run, run->plan->n_idle, "idle", result))
		return;
	crowd_make_publishers(run);
	if (!crowd_gather(run))
		return;

	Span span = span_begin(run);
	bool is_stored = store(run);

	span_end(&span, run);
	result_add_filling(result, "stored", span.tally.published, &span);
	if (!is_stored || !drain(run, result))
		return;
	for (unsigned i = 0; i < run->n_publishers; i++)
		publisher_start_clearing(&run->publishers[i]);
	for (unsigned i = 0; i < run->n_subscribers; i++)
		client_leave(&run->subscribers[i].client);
	span = span_begin(run);
	store(run);
	span_end(&span, run);
	result_add_stage(result, "cleared", span.tally.published, &span);
}
