/* SPDX-License-Identifier: Apache-2.0 */
/* costs.c - what processes have used so far, as Linux counts it */
#include "bench/costs.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NULL: not there. */
static char *
read_file(int pid, const char *rest)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/%s", pid, rest);
	char            *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

/* The number behind "Key:"; 0 if there is none. */
static uint64_t
find_number(const char *text, const char *key)
{
	const char *at = text != NULL ? strstr(text, key) : NULL;

	return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* Clock ticks, where the scheduler does not count nanoseconds. */
static double
read_ticks(int pid)
{
	g_autofree char *text = read_file(pid, "stat");
	const char      *at = text != NULL ? strrchr(text, ')') : NULL; /* behind any name */
	unsigned long    user, system;

	if (at == NULL || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	                         &system) != 2)
		return 0;
	return (double) (user + system) / (double) sysconf(_SC_CLK_TCK);
}

static void
add_thread(Costs *costs, int pid, const char *thread, bool *has_schedstat)
{
	g_autofree char *stat_name = g_strdup_printf("task/%s/schedstat", thread);
	g_autofree char *status_name = g_strdup_printf("task/%s/status", thread);
	g_autofree char *schedstat = read_file(pid, stat_name);
	g_autofree char *status = read_file(pid, status_name);

	if (schedstat != NULL)
		costs->cpu_s += (double) strtoull(schedstat, NULL, 10) / 1e9;
	else
		*has_schedstat = false;
	costs->voluntary_switches += find_number(status, "\nvoluntary_ctxt_switches:");
	costs->involuntary_switches += find_number(status, "\nnonvoluntary_ctxt_switches:");
}

static Costs
costs_of_one(int pid)
{
	Costs            costs = {0};
	g_autofree char *path = g_strdup_printf("/proc/%d/task", pid);
	g_autofree char *status = read_file(pid, "status");
	g_autoptr(GDir) threads = g_dir_open(path, 0, NULL);
	const char *thread;
	bool        has_schedstat = true;

	while (threads != NULL && (thread = g_dir_read_name(threads)) != NULL)
		add_thread(&costs, pid, thread, &has_schedstat);
	if (!has_schedstat)
		costs.cpu_s = read_ticks(pid);
	costs.resident_kib = find_number(status, "\nVmRSS:");
	costs.peak_kib = find_number(status, "\nVmHWM:");
	return costs;
}

Costs
costs_of(const int *pids, unsigned n_pids)
{
	Costs sum = {0};

	for (unsigned i = 0; i < n_pids; i++) {
		Costs one = costs_of_one(pids[i]);

		sum.cpu_s += one.cpu_s;
		sum.resident_kib += one.resident_kib;
		sum.peak_kib += one.peak_kib;
		sum.voluntary_switches += one.voluntary_switches;
		sum.involuntary_switches += one.involuntary_switches;
	}
	return sum;
}
