/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/plugin-host.h"

#include <stdarg.h>
#include <string.h>

#define MAX_COUNTERS 16u
#define MAX_JOBS 64u

typedef struct {
	VmqInvokeFunc work, done;
	void         *data;
} Job;

FakeHost fake_host;

static struct {
	const char *name;
	int64_t     value;
} counters[MAX_COUNTERS];
static unsigned n_counters;

static Job      jobs[MAX_JOBS];
static unsigned n_jobs;

void
vmq_offload(VmqInvokeFunc work, VmqInvokeFunc done, void *data)
{
	g_assert(n_jobs < MAX_JOBS);
	jobs[n_jobs++] = (Job){work, done, data};
}

void
vmq_retire(void *data, GDestroyNotify destroy)
{
	vmq_offload(NULL, destroy, data);
}

unsigned
fake_host_turn(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_jobs; i++) {
		if (jobs[i].work != NULL) {
			jobs[i].work(jobs[i].data);
			n++;
		}
		jobs[i].done(jobs[i].data);
	}
	n_jobs = 0;
	return n;
}

void
fake_host_forget(void)
{
	if (fake_host.log != NULL)
		g_string_free(fake_host.log, TRUE);
	fake_host = (FakeHost){.log = g_string_new(NULL)};
	for (unsigned i = 0; i < n_counters; i++)
		counters[i].value = 0;
}

void
vmq_ticket_answer(VmqTicket ticket, VmqVerdict verdict, VmqReason reason,
                  G_GNUC_UNUSED const char *why, G_GNUC_UNUSED GBytes *reply)
{
	fake_host.n_answers++;
	fake_host.ticket = ticket;
	fake_host.verdict = verdict;
	fake_host.reason = reason;
}

void
vmq_log(VmqLogLevel level, const char *area, const char *format, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	va_list                  args;

	g_string_append_printf(fake_host.log, "%s %s: ", names[level], area);
	va_start(args, format);
	g_string_append_vprintf(fake_host.log, format, args);
	va_end(args);
	g_string_append_c(fake_host.log, '\n');
}

bool
vmq_log_wants_debug(G_GNUC_UNUSED const char *area)
{
	return true;
}

/* One line passes, ever: no clock turns here. */
bool
vmq_log_gate(VmqLogGate *gate, G_GNUC_UNUSED unsigned interval_ms, unsigned *held)
{
	*held = 0;
	return gate->held++ == 0;
}

VmqCounter
vmq_counter_register(const char *name, G_GNUC_UNUSED const char *help)
{
	for (unsigned i = 0; i < n_counters; i++) {
		if (strcmp(counters[i].name, name) == 0)
			return i;
	}
	g_assert(n_counters < MAX_COUNTERS);
	counters[n_counters].name = name;
	return n_counters++;
}

void
vmq_counter_add(VmqCounter counter, int64_t amount)
{
	counters[counter].value += amount;
}

int64_t
fake_host_counter(const char *name)
{
	for (unsigned i = 0; i < n_counters; i++) {
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].value;
	}
	return 0;
}

const char *
vmq_client_get_id(const VmqClient *client)
{
	return client->id;
}

const char *
vmq_client_get_username(const VmqClient *client)
{
	return client->username;
}

const char *
vmq_client_get_address(const VmqClient *client)
{
	return client->address;
}

/* [MQTT-4.7.1-1], [MQTT-4.7.1-2]: # is a whole level and the last one, + is a whole level. */
bool
vmq_filter_is_valid(const char *filter)
{
	for (const char *at = filter; *at != '\0'; at++) {
		if (*at != '#' && *at != '+')
			continue;
		if (at > filter && at[-1] != '/')
			return false;
		if (at[1] != '\0' && (*at == '#' || at[1] != '/'))
			return false;
	}
	return *filter != '\0';
}
