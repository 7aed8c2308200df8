/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c - is a node alive? */
#include "failure.h"

/* How many intervals of the prior's length count beside those that were seen. */
#define PRIOR_WEIGHT 5

void
rhythm_clear(Rhythm *rhythm)
{
	g_free(rhythm->ring);
	*rhythm = (Rhythm){0};
}

void
rhythm_forget(Rhythm *rhythm)
{
	int64_t last_ms = rhythm->last_ms;

	rhythm_clear(rhythm);
	rhythm->last_ms = last_ms;
}

static void
remember(Rhythm *rhythm, unsigned window, double interval_s)
{
	if (rhythm->ring == NULL)
		rhythm->ring = g_new(double, window);
	if (rhythm->n == window)
		rhythm->sum -= rhythm->ring[rhythm->next];
	else
		rhythm->n++;
	rhythm->ring[rhythm->next] = interval_s;
	rhythm->sum += interval_s;
	rhythm->next = (rhythm->next + 1) % window;
}

void
rhythm_beat(Rhythm *rhythm, const FailureConfig *config, int64_t now_ms)
{
	int64_t interval_ms = now_ms - rhythm->last_ms;

	if (rhythm->last_ms != 0 && interval_ms <= config->max_interval_ms)
		remember(rhythm, config->window, (double) interval_ms / 1000);
	rhythm->last_ms = now_ms;
}

bool
rhythm_phi(const Rhythm *rhythm, const FailureConfig *config, int64_t now_ms, double *phi)
{
	if (rhythm->n == 0)
		return false;

	double prior_s = (double) config->prior_ms / 1000;
	double mean_s = (rhythm->sum + PRIOR_WEIGHT * prior_s) / (rhythm->n + PRIOR_WEIGHT);

	*phi = (double) (now_ms - rhythm->last_ms) / 1000 / mean_s;
	return true;
}

bool
rhythm_is_alive(const Rhythm *rhythm, const FailureConfig *config, int64_t now_ms)
{
	double phi;

	return rhythm_phi(rhythm, config, now_ms, &phi) && phi <= config->threshold;
}
