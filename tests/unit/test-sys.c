/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sys.h"
#include "fake/clock.h"
#include "house.h"
#include "unit.h"

#include <math.h>

#include <vibemq/sink.h>

/* What is said, by topic, and how often anything was. */
static GHashTable *values;
static unsigned    n_said;
static VmqAddr     listener;

static void
on_deliver(void *sink, VmqMsg *msg, const VmqGrant *grant)
{
	VmqBytes topic = msg_topic(msg), payload = msg_payload(msg);

	(void) sink;
	(void) grant;
	ck_assert(msg->retain && msg->qos == 0);
	n_said++;
	g_hash_table_replace(values, g_strndup((const char *) topic.data, topic.size),
	                     g_strndup((const char *) payload.data, payload.size));
}

static const VmqSinkOps ops = {on_deliver};

static void
setup(void)
{
	house_build(1);
	values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	listener = vmq_sink_open(&ops, &n_said);
	vmq_subscribe(listener, "$SYS/broker/#", &(VmqGrant){.qos = 0});
}

static void
teardown(void)
{
	sys_stop();
	vmq_sink_close(listener);
	house_tear_down();
	g_hash_table_unref(values);
}

static void
pass(int64_t ms)
{
	fake_clock_advance(ms);
	turn_once();
}

static const char *
value(const char *topic)
{
	g_autofree char *full = g_strconcat("$SYS/broker/", topic, NULL);
	const char      *text = g_hash_table_lookup(values, full);

	ck_assert_msg(text != NULL, "%s was not said", topic);
	return text;
}

static unsigned
count_retained(void)
{
	g_autoptr(GPtrArray) found = retained_collect(core.retained, "$SYS/#", RETAINED_ALL);

	return found->len;
}

START_TEST(what_begins_with_sys_is_the_brokers_own_and_nothing_else_is)
{
	ck_assert(sys_owns(bytes("$SYS")));
	ck_assert(sys_owns(bytes("$SYS/")));
	ck_assert(sys_owns(bytes("$SYS/a")));
	ck_assert(!sys_owns(bytes("$SY")));
	ck_assert(!sys_owns(bytes("$SYSTEM")));
	ck_assert(!sys_owns(bytes("$sys/a")));
	ck_assert(!sys_owns(bytes("a/$SYS/b")));
	ck_assert(!sys_owns((VmqBytes){0}));
}
END_TEST

START_TEST(it_speaks_at_once_then_every_interval_and_only_of_what_changed)
{
	setup();
	sys_say_every(1000);

	unsigned n_topics = n_said;

	ck_assert_uint_eq(g_hash_table_size(values), n_topics);
	ck_assert_str_eq(value("uptime"), "0 seconds");
	ck_assert_str_eq(value("messages/inflight"), "0");
	n_said = 0;
	pass(999);
	ck_assert_uint_eq(n_said, 0);
	vmq_counter_add(core.counters.in_flight, 7);
	pass(1);
	ck_assert_str_eq(value("uptime"), "1 seconds");
	ck_assert_str_eq(value("messages/inflight"), "7");
	ck_assert_uint_lt(n_said, n_topics / 2);
	n_said = 0;
	pass(1000);
	ck_assert_uint_ge(n_said, 1); /* uptime, if nothing else */
	ck_assert_uint_lt(n_said, n_topics / 2);
	teardown();
}
END_TEST

START_TEST(what_was_said_is_taken_back_when_it_falls_silent)
{
	setup();
	sys_say_every(1000);
	ck_assert_uint_eq(count_retained(), g_hash_table_size(values));
	ck_assert_uint_eq(retained_count(core.retained), 0); /* it is not counted among them */
	sys_say_every(0);
	ck_assert_uint_eq(count_retained(), 0);
	ck_assert_str_eq(value("version"), "");
	n_said = 0;
	pass(5000);
	ck_assert_uint_eq(n_said, 0);
	sys_say_every(1000); /* and it says all of it again */
	ck_assert_str_eq(value("uptime"), "5 seconds");
	ck_assert_uint_eq(count_retained(), g_hash_table_size(values));
	teardown();
}
END_TEST

START_TEST(who_is_there_is_counted_from_those_who_came_and_went)
{
	setup();
	vmq_counter_add(core.counters.connects, 5);
	vmq_counter_add(core.counters.disconnects, 2);
	vmq_counter_add(core.counters.sessions, 4);
	sys_say_every(1000);
	ck_assert_str_eq(value("clients/connected"), "3");
	ck_assert_str_eq(value("clients/disconnected"), "1");
	ck_assert_str_eq(value("clients/total"), "4");
	vmq_counter_add(core.counters.disconnects, 2);
	pass(1000);
	ck_assert_str_eq(value("clients/connected"), "1");
	ck_assert_str_eq(value("clients/disconnected"), "3");
	ck_assert_str_eq(value("clients/maximum"), "3");
	vmq_counter_add(core.counters.sessions, -4);
	teardown();
}
END_TEST

static void
expect_near(const char *topic, double wanted)
{
	double found = g_ascii_strtod(value(topic), NULL);

	ck_assert_msg(fabs(found - wanted) < 0.02, "%s is %f, not %f", topic, found, wanted);
}

/* A rate that goes on is what the average comes near to: after its span but for a 1/e-th. */
START_TEST(averages_are_per_minute_and_forget_with_their_span)
{
	setup();
	sys_say_every(10000);
	for (unsigned i = 0; i < 6; i++) {
		vmq_counter_add(core.counters.connections, 20);
		pass(10000);
	}
	expect_near("load/sockets/1min", 120 * (1 - exp(-1)));
	expect_near("load/sockets/5min", 120 * (1 - exp(-1.0 / 5)));
	expect_near("load/sockets/15min", 120 * (1 - exp(-1.0 / 15)));
	for (unsigned i = 0; i < 6; i++)
		pass(10000);
	expect_near("load/sockets/1min", 120 * (1 - exp(-1)) * exp(-1));
	teardown();
}
END_TEST

UNIT_MAIN("sys", what_begins_with_sys_is_the_brokers_own_and_nothing_else_is,
          it_speaks_at_once_then_every_interval_and_only_of_what_changed,
          what_was_said_is_taken_back_when_it_falls_silent,
          who_is_there_is_counted_from_those_who_came_and_went,
          averages_are_per_minute_and_forget_with_their_span)
