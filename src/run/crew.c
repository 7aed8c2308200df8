/* SPDX-License-Identifier: Apache-2.0 */
/* crew.c - how many of the workers turn at the same time */
#include "run/crew.h"

#include "run/governor.h"
#include "run/permits.h"

#include <vibemq/log.h>
#include <vibemq/metrics.h>

#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

/* Sums since the process began. */
typedef struct {
	int64_t at_ns, cpu_ns, preempted, work;
} Totals;

static struct {
	unsigned n_workers;
	Permits *permits;
	int64_t (*_Atomic get_done)(void);
	_Atomic int64_t due_ns; /* when the next review is; INT64_MAX: somebody is at it */

	/* of who is at a review */
	Governor governor;
	Totals   last;

	VmqCounter turning, impatient;
} crew;

void
crew_start(unsigned n_workers)
{
	crew.n_workers = n_workers;
	crew.last = (Totals){0};
	crew.due_ns = 0;
	crew.permits = permits_new(n_workers);
	governor_init(&crew.governor, n_workers);
	crew.turning = vmq_counter_register("vibemq_workers_turning",
	                                    "Workers that may turn at the same time");
	crew.impatient = vmq_counter_register("vibemq_workers_impatient_total",
	                                      "Turns without leave, which did not come in time");
	vmq_counter_add(crew.turning, n_workers);
}

void
crew_stop(void)
{
	crew.get_done = NULL;
	vmq_counter_add(crew.turning, -(int64_t) permits_get(crew.permits));
	permits_free(crew.permits);
	crew.permits = NULL;
}

void
crew_measure(int64_t (*get_done)(void))
{
	crew.get_done = get_done;
}

static void
set_turning(unsigned n)
{
	unsigned n_before = permits_get(crew.permits);

	if (n == n_before)
		return;
	vmq_debug("crew", "%u of %u workers turn at a time", n, crew.n_workers);
	vmq_counter_add(crew.turning, (int64_t) n - (int64_t) n_before);
	permits_set(crew.permits, n);
}

static int64_t
in_ns(struct timeval time)
{
	return ((int64_t) time.tv_sec * 1000000 + time.tv_usec) * 1000;
}

static Totals
sum_up(int64_t now_ns, int64_t (*get_done)(void))
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (Totals){
		.at_ns = now_ns,
		.cpu_ns = in_ns(usage.ru_utime) + in_ns(usage.ru_stime),
		.preempted = usage.ru_nivcsw,
		.work = get_done(),
	};
}

static void
review(const Totals *now)
{
	GovernorPeriod period = {
		.elapsed_ns = now->at_ns - crew.last.at_ns,
		.cpu_ns = now->cpu_ns - crew.last.cpu_ns,
		.preempted = now->preempted - crew.last.preempted,
		.work = now->work - crew.last.work,
	};

	crew.last = *now;
	set_turning(governor_next(&crew.governor, &period));
}

bool
crew_enter(unsigned worker)
{
	bool has_leave = permits_take(crew.permits, worker);

	if (!has_leave)
		vmq_counter_add(crew.impatient, 1);
	return has_leave && permits_get(crew.permits) < crew.n_workers;
}

void
crew_let_others(unsigned worker)
{
	permits_give(crew.permits, worker);
	crew_enter(worker);
}

/* Whoever comes first when a period is over. */
static void
review_when_due(int64_t now_ns)
{
	int64_t (*get_done)(void) = crew.get_done;
	int64_t due_ns = crew.due_ns;

	if (get_done == NULL || now_ns < due_ns ||
	    !atomic_compare_exchange_strong(&crew.due_ns, &due_ns, INT64_MAX))
		return;

	Totals now = sum_up(now_ns, get_done);

	review(&now);
	crew.due_ns = now_ns + GOVERNOR_PERIOD_NS;
}

/*
 * Where all may turn, other workers or those who are served may wait for this core. What they have
 * for us then comes together, while one that sleeps at once is woken for each piece of it.
 */
void
crew_leave(unsigned worker, int64_t now_ns)
{
	if (crew.n_workers == 1)
		return;
	permits_give(crew.permits, worker);
	review_when_due(now_ns);
	if (permits_get(crew.permits) == crew.n_workers)
		sched_yield();
}
