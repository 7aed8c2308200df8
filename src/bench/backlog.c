/* SPDX-License-Identifier: Apache-2.0 */
/* backlog.c - messages wait for subscribers that are away, and are drained when they come */
#include "bench/backlog.h"

#include "bench/crowd.h"

static void
leave(Run *run)
{
	for (unsigned i = 0; i < run->n_subscribers; i++)
		client_leave(&run->subscribers[i].client);
}

static void
come(Run *run, bool is_persistent)
{
	for (unsigned i = 0; i < run->n_subscribers; i++) {
		Client *client = &run->subscribers[i].client;

		client->is_persistent = is_persistent;
		loop_dial(client->loop, client);
	}
}

/* Subscribers that the broker knows, and then are not there. */
static bool
prepare(Run *run)
{
	crowd_make_subscribers(run);
	for (unsigned i = 0; i < run->n_subscribers; i++)
		run->subscribers[i].client.is_persistent = true;
	crowd_make_publishers(run);
	if (!crowd_gather(run) || !crowd_prove(run))
		return false;
	leave(run);
	return true;
}

static bool
queue(Run *run, Result *result)
{
	const Phase publish = {
		.name = "queueing", .is_done = crowd_has_published, .on_tick = crowd_on_tick};

	Span span = span_begin(run);

	crowd_start_publishing(run);

	PhaseEnd end = run_phase(run, &publish);

	crowd_stop_publishing(run);
	span_end(&span, run);
	if (end == PHASE_STALLED)
		run_fail(run, "the broker does not acknowledge what is to be queued");
	result_add_filling(result, "queued", span.tally.expected, &span);
	return end == PHASE_DONE;
}

static bool
drain(Run *run, Result *result)
{
	come(run, true);

	Span     span = span_begin(run);
	PhaseEnd end = run_phase(run, &(Phase){.name = "draining", .is_done = crowd_has_received});

	span_end(&span, run);
	result_add_stage(result, "drained", span.tally.received, &span);
	return end != PHASE_FAILED;
}

void
backlog_run(Run *run, Result *result)
{
	if (!crowd_gather_idle(run, run->plan->n_idle, "idle", result))
		return;
	if (!prepare(run) || !queue(run, result) || !drain(run, result))
		return;
	result->lost = crowd_count_lost(run);
	leave(run);
	come(run, false); /* which ends their sessions */
	crowd_gather(run);
}
