/* SPDX-License-Identifier: Apache-2.0 */
/* sys.c - what the broker says of itself, at $SYS/broker/# */
#include "core/sys.h"

#include "core/core.h"
#include "core/memory.h"
#include "core/publish.h"

#include <math.h>

#include <vibemq/loop.h>

/* One value: a counter, or what a function makes of several. */
typedef struct {
	const char *topic;   /* below $SYS/broker/ */
	size_t      counter; /* in CoreCounters, if there is no function */
	int64_t (*measure)(void);
} Value;

#define COUNTER(topic_, field_)                                \
	{                                                      \
		(topic_), offsetof(CoreCounters, field_), NULL \
	}
#define MEASURE(topic_, func_)       \
	{                            \
		(topic_), 0, (func_) \
	}

/* ---- what is made of several counters ---- */

static int64_t
total(size_t counter)
{
	return vmq_counter_read(
		*(const VmqCounter *) (const void *) ((char *) &core.counters + counter));
}

#define READ(field_) total(offsetof(CoreCounters, field_))

/* The two are read one after the other, while others count. */
static int64_t
connected(void)
{
	return MAX(0, READ(connects) - READ(disconnects));
}

static int64_t
disconnected(void)
{
	return MAX(0, READ(sessions) - connected());
}

static int64_t
most_connected(void)
{
	static int64_t most;

	most = MAX(most, connected());
	return most;
}

static int64_t
packets_sent(void)
{
	return READ(packets_out) + READ(publishes_out);
}

static int64_t
dropped(void)
{
	return READ(dropped_queue_full) + READ(dropped_all_queues_full) + READ(dropped_memory) +
	       READ(dropped_unsent);
}

static int64_t
retained(void)
{
	return retained_count(core.retained);
}

static int64_t
memory(void)
{
	return (int64_t) memory_now();
}

static int64_t
most_memory(void)
{
	return (int64_t) memory_most();
}

/* ---- all there is ---- */

static const Value values[] = {
	COUNTER("clients/total", sessions),
	MEASURE("clients/connected", connected),
	MEASURE("clients/active", connected), /* mosquitto calls this and inactive deprecated */
	MEASURE("clients/disconnected", disconnected),
	MEASURE("clients/inactive", disconnected),
	MEASURE("clients/maximum", most_connected),
	COUNTER("clients/expired", sessions_expired),
	COUNTER("messages/received", packets_in),
	MEASURE("messages/sent", packets_sent),
	COUNTER("messages/inflight", in_flight),
	COUNTER("messages/stored", messages), /* deprecated, too */
	COUNTER("store/messages/count", messages),
	COUNTER("store/messages/bytes", message_bytes),
	COUNTER("subscriptions/count", subscriptions),
	COUNTER("shared_subscriptions/count", shared_subscriptions),
	MEASURE("retained messages/count", retained),
	MEASURE("heap/current", memory),
	MEASURE("heap/maximum", most_memory),
	MEASURE("publish/messages/dropped", dropped),
	COUNTER("publish/messages/received", publishes_in),
	COUNTER("publish/messages/sent", publishes_out),
	COUNTER("publish/bytes/received", payload_in),
	COUNTER("publish/bytes/sent", payload_out),
	COUNTER("bytes/received", bytes_in),
	COUNTER("bytes/sent", bytes_out),
};

/* How much of these there was in a minute, on average of the last 1, 5 and 15. */
static const Value loads[] = {
	COUNTER("load/messages/received", packets_in),
	MEASURE("load/messages/sent", packets_sent),
	MEASURE("load/publish/dropped", dropped),
	COUNTER("load/publish/received", publishes_in),
	COUNTER("load/publish/sent", publishes_out),
	COUNTER("load/bytes/received", bytes_in),
	COUNTER("load/bytes/sent", bytes_out),
	COUNTER("load/sockets", connections),
	COUNTER("load/connections", connect_packets),
};

#define N_SPANS 3
static const struct {
	const char *name;
	double      ms;
} spans[N_SPANS] = {{"1min", 60000}, {"5min", 300000}, {"15min", 900000}};

/* What was said last of a value or an average, so that what is the same is not said again. */
typedef char Said[32];

typedef struct {
	int64_t total;
	double  averages[N_SPANS];
	Said    said[N_SPANS];
} Load;

static struct {
	VmqTimer *timer;
	unsigned  interval_ms; /* 0: silent */
	int64_t   started_ms, looked_ms;
	Said      version, uptime, values[G_N_ELEMENTS(values)];
	Load      loads[G_N_ELEMENTS(loads)];
} sys;

/* ---- saying ---- */

static VmqBytes
bytes_of(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

/* "" takes it back. */
static void
say(const char *topic, const char *span, Said said, const char *text)
{
	char     full[128];
	VmqDraft draft = VMQ_DRAFT_INIT;

	if (strcmp(said, text) == 0)
		return;
	g_strlcpy(said, text, sizeof(Said));
	g_snprintf(full, sizeof(full), "$SYS/broker/%s%s%s", topic, *span != '\0' ? "/" : "", span);
	draft.topic = bytes_of(full);
	draft.payload = bytes_of(text);
	draft.retain = true;
	publish_submit(&draft);
}

static int64_t
measure(const Value *value)
{
	return value->measure != NULL ? value->measure() : total(value->counter);
}

static void
say_values(void)
{
	Said text;

	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
		g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, measure(&values[i]));
		say(values[i].topic, "", sys.values[i], text);
	}
}

/* The weight of what was before falls with its age: a 1/e-th is left after the span. */
static void
average(Load *load, int64_t n, int64_t passed_ms)
{
	double per_minute =
		passed_ms > 0 ? (double) (n - load->total) * 60000 / (double) passed_ms : 0;

	for (unsigned i = 0; i < N_SPANS; i++)
		load->averages[i] = per_minute + exp(-(double) passed_ms / spans[i].ms) *
		                                         (load->averages[i] - per_minute);
	load->total = n;
}

static void
say_loads(int64_t passed_ms)
{
	Said text;

	for (unsigned i = 0; i < G_N_ELEMENTS(loads); i++) {
		Load *load = &sys.loads[i];

		average(load, measure(&loads[i]), passed_ms);
		for (unsigned k = 0; k < N_SPANS; k++) {
			g_snprintf(text, sizeof(text), "%.2f", load->averages[k]);
			say(loads[i].topic, spans[k].name, load->said[k], text);
		}
	}
}

static void
on_timer(void *unused)
{
	int64_t now_ms = vmq_now_ms();
	Said    text;

	(void) unused;
	say("version", "", sys.version, "vibemqd version " PACKAGE_VERSION);
	g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT " seconds",
	           (now_ms - sys.started_ms) / 1000);
	say("uptime", "", sys.uptime, text);
	say_values();
	say_loads(now_ms - sys.looked_ms);
	sys.looked_ms = now_ms;
	vmq_timer_set(sys.timer, sys.interval_ms);
}

static void
take_back(void)
{
	say("version", "", sys.version, "");
	say("uptime", "", sys.uptime, "");
	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
		say(values[i].topic, "", sys.values[i], "");
	for (unsigned i = 0; i < G_N_ELEMENTS(loads); i++)
		for (unsigned k = 0; k < N_SPANS; k++)
			say(loads[i].topic, spans[k].name, sys.loads[i].said[k], "");
}

/* ---- life ---- */

void
sys_say_every(unsigned interval_ms)
{
	if (sys.timer == NULL) {
		sys.timer = vmq_timer_new(on_timer, NULL);
		sys.started_ms = sys.looked_ms = vmq_now_ms();
	}
	sys.interval_ms = interval_ms;
	vmq_timer_stop(sys.timer);
	if (interval_ms != 0)
		on_timer(NULL);
	else
		take_back();
}

void
sys_stop(void)
{
	g_clear_pointer(&sys.timer, vmq_timer_free);
}
