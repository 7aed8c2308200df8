/* SPDX-License-Identifier: Apache-2.0 */
/* governor.c - decides how many workers turn at the same time */
#include "run/governor.h"

#include <glib.h>

/*
 * Workers that run for less than this share of one core are not in each other's way; nor are they
 * when none of them has turned for so many periods.
 */
#define BUSY_SHARE    0.25
#define SLEPT_PERIODS 4

/* Cores are short when as often as this in a period a worker loses its own. */
#define PREEMPTED_OFTEN 8

/* Fewer may get so much less done, and more have to get so much more done, as it is never steady. */
#define FEWER_WORTH 0.95
#define MORE_WORTH  1.08

/* Periods without shortage after which what was tried before is forgotten. */
#define CALM_PERIODS 10

void
governor_init(Governor *governor, unsigned n_workers)
{
	*governor = (Governor){
		.n_workers = n_workers, .limit = n_workers, .pause = GOVERNOR_PAUSE_MIN};
}

static bool
is_busy(const GovernorPeriod *period)
{
	return period->elapsed_ns < SLEPT_PERIODS * GOVERNOR_PERIOD_NS &&
	       (double) period->cpu_ns >= BUSY_SHARE * (double) period->elapsed_ns;
}

static bool
is_short_of_cores(const GovernorPeriod *period)
{
	return period->preempted * GOVERNOR_PERIOD_NS >= PREEMPTED_OFTEN * period->elapsed_ns;
}

static double
rate(const GovernorPeriod *period)
{
	return (double) period->work / (double) period->elapsed_ns;
}

static unsigned
be_calm(Governor *governor)
{
	governor->limit = governor->n_workers;
	governor->candidate = 0;
	if (++governor->n_calm >= CALM_PERIODS) {
		governor->pause = GOVERNOR_PAUSE_MIN;
		governor->rest = 0;
	}
	return governor->limit;
}

/* The period that is over is the first of the trial: one as it was. */
static unsigned
begin_trial(Governor *governor, const GovernorPeriod *period)
{
	if (governor->limit == 1)
		governor->upwards = true;
	else if (governor->limit == governor->n_workers)
		governor->upwards = false;
	governor->candidate = governor->upwards ? MIN(governor->limit * 2, governor->n_workers)
	                                        : governor->limit / 2;
	governor->step = 1;
	governor->as_it_was = rate(period);
	governor->as_tried = 0;
	return governor->candidate;
}

static void
end_trial(Governor *governor)
{
	double worth = governor->upwards ? MORE_WORTH : FEWER_WORTH;
	bool   is_better = governor->as_tried >= worth * governor->as_it_was;

	if (is_better)
		governor->limit = governor->candidate;
	governor->candidate = 0;
	if (is_better && governor->limit > 1 && governor->limit < governor->n_workers)
		return; /* further the same way, at once */
	governor->upwards = !governor->upwards;
	governor->rest = governor->pause;
	governor->pause = MIN(governor->pause * 2, GOVERNOR_PAUSE_MAX);
}

/* As it was, as tried, as tried, as it was: a load that grows meanwhile is the same for both. */
static unsigned
go_on_with_trial(Governor *governor, const GovernorPeriod *period)
{
	if (governor->step < 3)
		governor->as_tried += rate(period);
	else
		governor->as_it_was += rate(period);
	if (++governor->step < 3)
		return governor->candidate;
	if (governor->step == 4)
		end_trial(governor);
	return governor->limit;
}

unsigned
governor_next(Governor *governor, const GovernorPeriod *period)
{
	bool has_all = governor->limit == governor->n_workers && governor->candidate == 0;

	if (!is_busy(period) || (has_all && !is_short_of_cores(period)))
		return be_calm(governor);
	governor->n_calm = 0;
	if (governor->candidate != 0)
		return go_on_with_trial(governor, period);
	if (governor->rest > 0) {
		governor->rest--;
		return governor->limit;
	}
	return begin_trial(governor, period);
}
