/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - one measurement: its threads, its clients, and the phases they go through */
#include "bench/run.h"

#include "base/clock.h"
#include "bench/progress.h"

static const CatalogueKind kinds[N_SCENARIOS] = {
	[SCENARIO_FAN_IN] = CATALOGUE_OWN,        [SCENARIO_FAN_OUT] = CATALOGUE_OWN,
	[SCENARIO_PAIRS] = CATALOGUE_OWN,         [SCENARIO_TOPICS] = CATALOGUE_RANDOM,
	[SCENARIO_RETAINED] = CATALOGUE_RETAINED, [SCENARIO_SUBSCRIPTIONS] = CATALOGUE_FILTERS,
	[SCENARIO_BACKLOG] = CATALOGUE_OWN,       [SCENARIO_CONNECT] = CATALOGUE_OWN,
};

static void
make_catalogue(Run *run)
{
	const Plan   *plan = run->plan;
	CatalogueKind kind = kinds[plan->scenario];

	catalogue_init(&run->catalogue, kind, run->name, plan->n_topics, plan->n_publishers,
	               plan->n_subscribers, plan->n_filters);
	run->is_sparse = kind != CATALOGUE_OWN;
	if (kind == CATALOGUE_RANDOM || kind == CATALOGUE_FILTERS)
		run->probe_topic = g_strconcat(run->catalogue.prefix, "/probe", NULL);
}

void
run_init(Run *run, const Plan *plan)
{
	*run = (Run){.plan = plan};
	g_snprintf(run->name, sizeof run->name, "%06x", g_random_int() & 0xFFFFFF);
	pattern_init(&run->pattern, plan->payload_size);
	make_catalogue(run);
	run->n_loops = plan->n_threads;
	run->loops = g_new0(Loop, run->n_loops);
	for (unsigned i = 0; i < run->n_loops; i++)
		loop_init(&run->loops[i], run, i);
}

void
run_clear(Run *run)
{
	for (unsigned i = 0; i < run->n_publishers; i++)
		publisher_clear(&run->publishers[i]);
	for (unsigned i = 0; i < run->n_subscribers; i++)
		subscriber_clear(&run->subscribers[i]);
	for (unsigned i = 0; i < run->n_idle; i++)
		client_close(&run->idle[i]);
	for (unsigned i = 0; i < run->n_loops; i++)
		loop_clear(&run->loops[i]);
	g_free(run->publishers);
	g_free(run->subscribers);
	g_free(run->idle);
	g_free(run->loops);
	g_free(run->failure);
	g_free(run->probe_topic);
	pattern_clear(&run->pattern);
	catalogue_clear(&run->catalogue);
}

void
run_fail(Run *run, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	if (!g_atomic_pointer_compare_and_exchange(&run->failure, NULL, text))
		g_free(text);
}

Tally
run_tally(Run *run)
{
	Tally sum = {0};

	for (unsigned i = 0; i < run->n_loops; i++)
		tally_add_shown(&sum, &run->loops[i].shown);
	return sum;
}

void
run_latency(Run *run, Histogram *latency)
{
	histogram_clear(latency);
	for (unsigned i = 0; i < run->n_loops; i++)
		histogram_merge(latency, &run->loops[i].latency);
}

/* Whether anything has moved since the last look, long enough ago or not. */
static bool
is_stalled(Run *run, int64_t now_ns)
{
	Tally    tally = run_tally(run);
	uint64_t moved = tally.ready + tally.received + tally.acknowledged + tally.duplicates +
	                 tally.bytes_in + tally.bytes_out;

	if (moved != run->moved) {
		run->moved = moved;
		run->moved_ns = now_ns;
	}
	return (double) (now_ns - run->moved_ns) > run->plan->patience_s * 1e9;
}

static void
end(Run *run, PhaseEnd how)
{
	run->end = how;
	__atomic_store_n(&run->is_over, true, __ATOMIC_RELEASE);
	for (unsigned i = 1; i < run->n_loops; i++)
		loop_wake(&run->loops[i]);
}

void
run_look(Run *run, const Phase *phase, int64_t now_ns)
{
	progress_show(run, phase, now_ns);
	if (g_atomic_pointer_get(&run->failure) != NULL)
		end(run, PHASE_FAILED);
	else if (phase->is_done != NULL && phase->is_done(run))
		end(run, PHASE_DONE);
	else if (phase->most_s > 0 && now_ns - run->phase_started_ns >= phase->most_s * 1e9)
		end(run, PHASE_TIME_UP);
	else if (phase->most_s == 0 && is_stalled(run, now_ns))
		end(run, PHASE_STALLED);
}

typedef struct {
	Loop        *loop;
	const Phase *phase;
} Turning;

static void *
on_thread(void *data)
{
	Turning *turning = data;

	loop_turn_until_over(turning->loop, turning->phase);
	return NULL;
}

PhaseEnd
run_phase(Run *run, const Phase *phase)
{
	g_autofree GThread **threads = g_new0(GThread *, run->n_loops);
	g_autofree Turning  *turning = g_new0(Turning, run->n_loops);

	run->is_over = false;
	run->phase_started_ns = run->moved_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < run->n_loops; i++)
		turning[i] = (Turning){&run->loops[i], phase};
	for (unsigned i = 1; i < run->n_loops; i++)
		threads[i] = g_thread_new("load", on_thread, &turning[i]);
	loop_turn_until_over(&run->loops[0], phase);
	for (unsigned i = 1; i < run->n_loops; i++)
		g_thread_join(threads[i]);
	return run->end;
}
