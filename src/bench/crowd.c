/* SPDX-License-Identifier: Apache-2.0 */
/* crowd.c - the clients of a run together: they come, prove, publish, drain and go */
#include "bench/crowd.h"

#include "base/clock.h"

void
crowd_make_subscribers(Run *run)
{
	run->n_subscribers = run->plan->n_subscribers;
	run->subscribers = g_new0(Subscriber, run->n_subscribers);
	for (unsigned i = 0; i < run->n_subscribers; i++) {
		subscriber_init(&run->subscribers[i], run, i);
		loop_dial(&run->loops[i % run->n_loops], &run->subscribers[i].client);
	}
}

void
crowd_make_publishers(Run *run)
{
	run->n_publishers = run->plan->n_publishers;
	run->publishers = g_new0(Publisher, run->n_publishers);
	for (unsigned i = 0; i < run->n_publishers; i++) {
		publisher_init(&run->publishers[i], run, i);
		loop_add_publisher(&run->loops[i % run->n_loops], &run->publishers[i]);
	}
}

static bool
are_ready(Run *run)
{
	return run_tally(run).ready == run->n_awaited;
}

bool
crowd_gather(Run *run)
{
	PhaseEnd end = run_phase(run, &(Phase){.name = "connecting", .is_done = are_ready});

	if (end == PHASE_STALLED)
		run_fail(run, "the broker does not answer: %u clients wait",
		         (unsigned) (run->n_awaited - run_tally(run).ready));
	return end == PHASE_DONE;
}

bool
crowd_gather_idle(Run *run, unsigned n, const char *stage, Result *result)
{
	const Plan *plan = run->plan;
	Span        span;
	unsigned    first = plan->n_publishers + plan->n_subscribers;

	if (n == 0)
		return true;
	run->n_idle = n;
	run->idle = g_new0(Client, n);
	for (unsigned i = 0; i < n; i++) {
		client_init(&run->idle[i], first + i,
		            &plan->publish_to.list[i % plan->publish_to.n]);
		loop_dial(&run->loops[i % run->n_loops], &run->idle[i]);
	}
	crowd_set_measuring(run, true);
	span = span_begin(run);

	bool is_there = crowd_gather(run);

	span_end(&span, run);
	crowd_set_measuring(run, false);
	run_latency(run, &result->latency);
	for (unsigned i = 0; i < run->n_loops; i++)
		histogram_clear(&run->loops[i].latency);
	result_add_filling(result, stage, n, &span);
	return is_there;
}

static void
on_tick_prove(Loop *loop)
{
	for (unsigned i = 0; i < loop->n_publishers; i++)
		publisher_probe(loop->publishers[i]);
}

static bool
are_proven(Run *run)
{
	return __atomic_load_n(&run->n_proven, __ATOMIC_ACQUIRE) == run->n_publishers;
}

bool
crowd_prove(Run *run)
{
	for (unsigned i = 0; i < run->n_publishers; i++)
		run->n_proven += run->publishers[i].n_probe_receivers == 0;

	PhaseEnd end = run_phase(
		run, &(Phase){.name = "proving", .is_done = are_proven, .on_tick = on_tick_prove});

	if (end == PHASE_STALLED)
		run_fail(run, "%u of %u publishers do not reach their subscribers",
		         run->n_publishers - run->n_proven, run->n_publishers);
	return end == PHASE_DONE;
}

void
crowd_on_tick(Loop *loop)
{
	int64_t patience_ns = (int64_t) (loop->run->plan->patience_s * 1e9);

	for (unsigned i = 0; i < loop->n_publishers; i++)
		publisher_give_up(loop->publishers[i], patience_ns);
}

void
crowd_start_publishing(Run *run)
{
	run->is_publishing = true;
	run->started_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < run->n_publishers && run->plan->rate == 0; i++)
		loop_set_ready(run->publishers[i].client.loop, &run->publishers[i]);
}

void
crowd_stop_publishing(Run *run)
{
	run->is_publishing = false;
}

bool
crowd_has_published(Run *run)
{
	Tally    tally = run_tally(run);
	uint64_t most = 0;

	for (unsigned i = 0; i < run->n_publishers; i++)
		most += run->publishers[i].most;
	return tally.published == most && (run->plan->qos == 0 || tally.acknowledged == most);
}

bool
crowd_has_received(Run *run)
{
	Tally tally = run_tally(run);

	return tally.received >= tally.expected &&
	       (run->plan->qos == 0 || tally.acknowledged == tally.published);
}

void
crowd_set_measuring(Run *run, bool is_measuring)
{
	for (unsigned i = 0; i < run->n_loops; i++)
		run->loops[i].is_measuring = is_measuring;
}

/* A sparse ledger cannot tell what is missing, but how much is. */
static uint64_t
count_lost_sparsely(Run *run)
{
	Tally tally = run_tally(run);

	return tally.expected - MIN(tally.received, tally.expected);
}

uint64_t
crowd_count_lost(Run *run)
{
	unsigned n_topics = run->plan->n_topics;
	uint64_t lost = 0;

	if (run->is_sparse)
		return count_lost_sparsely(run);
	for (unsigned i = 0; i < run->n_subscribers; i++)
		lost += run->subscribers[i].ledger.n_missing;
	for (unsigned i = 0; i < run->n_publishers; i++) {
		const Publisher *publisher = &run->publishers[i];

		for (unsigned j = publisher->topic; j < run->n_subscribers; j += n_topics)
			lost += ledger_behind(&run->subscribers[j].ledger, publisher->source,
			                      publisher->seq);
	}
	return lost;
}

void
crowd_leave(Run *run)
{
	for (unsigned i = 0; i < run->n_publishers; i++)
		client_leave(&run->publishers[i].client);
	for (unsigned i = 0; i < run->n_subscribers; i++)
		client_leave(&run->subscribers[i].client);
	for (unsigned i = 0; i < run->n_idle; i++)
		client_leave(&run->idle[i]);
}
