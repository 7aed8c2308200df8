/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - the rows behind the counters */
#include "base/metrics.h"

#define SHARED_ROW METRICS_MAX_WORKERS

static MetricsRow rows[METRICS_MAX_WORKERS + 1];

_Thread_local MetricsRow *metrics_row;

static struct {
	const char *name, *help;
} counters[METRICS_MAX_COUNTERS];

static unsigned n_counters;

void
metrics_use_row(unsigned i)
{
	g_assert(i < METRICS_MAX_WORKERS);
	metrics_row = &rows[i];
}

VmqCounter
vmq_counter_register(const char *name, const char *help)
{
	for (unsigned i = 0; i < n_counters; i++)
		if (g_str_equal(counters[i].name, name))
			return i;
	g_assert(n_counters < METRICS_MAX_COUNTERS);
	counters[n_counters].name = g_intern_string(name);
	counters[n_counters].help = g_intern_string(help);
	return n_counters++;
}

void
vmq_counter_add(VmqCounter counter, int64_t amount)
{
	if (metrics_row != NULL)
		metrics_add(counter, amount);
	else
		atomic_fetch_add_explicit(&rows[SHARED_ROW].cells[counter], amount,
		                          memory_order_relaxed);
}

int64_t
vmq_counter_read(VmqCounter counter)
{
	int64_t sum = 0;

	for (unsigned i = 0; i <= METRICS_MAX_WORKERS; i++)
		sum += atomic_load_explicit(&rows[i].cells[counter], memory_order_relaxed);
	return sum;
}

void
vmq_counter_foreach(VmqCounterEach each, void *data)
{
	for (unsigned i = 0; i < n_counters; i++)
		each(counters[i].name, counters[i].help, vmq_counter_read(i), data);
}
