/* SPDX-License-Identifier: Apache-2.0 */
#include "core/publish.h"
#include "fake/clock.h"
#include "house.h"
#include "unit.h"

#include <vibemq/sink.h>

/* Sinks that write down "TOPIC=PAYLOAD" of what they get. */
static GString *local, *relay;
static VmqAddr  local_addr, relay_addr;

static void
on_deliver(void *sink, VmqMsg *msg, const VmqGrant *grant)
{
	GString *said = *(GString **) sink;
	VmqBytes topic = msg_topic(msg), payload = msg_payload(msg);

	(void) grant;
	g_string_append_printf(said, "%s%.*s=%.*s", said->len > 0 ? " " : "", (int) topic.size,
	                       topic.data, (int) payload.size, payload.data);
}

static const VmqSinkOps ops = {on_deliver};

static void
setup(unsigned max_retained)
{
	Limits limits = house_limits();

	core_start(1, &limits, max_retained);
	workers_start(1);
	local = g_string_new(NULL);
	relay = g_string_new(NULL);
	local_addr = vmq_sink_open(&ops, &local);
	relay_addr = vmq_sink_open(&ops, &relay);
	vmq_subscribe(local_addr, "a/#", &(VmqGrant){.qos = 2});
	vmq_subscribe(relay_addr, "a/#", &(VmqGrant){.qos = 2, .flags = VMQ_GRANT_RELAY});
	vmq_sink_want_retained(relay_addr, true);
}

static void
teardown(void)
{
	vmq_sink_close(local_addr);
	vmq_sink_close(relay_addr);
	house_tear_down();
	g_string_free(local, TRUE);
	g_string_free(relay, TRUE);
}

static void
expect(const char *at_local, const char *at_relay)
{
	ck_assert_str_eq(local->str, at_local);
	ck_assert_str_eq(relay->str, at_relay);
	g_string_truncate(local, 0);
	g_string_truncate(relay, 0);
}

START_TEST(all_that_match_get_it_and_the_answer_tells_whether_any_did)
{
	setup(0);
	ck_assert_int_eq(house_publish("a/b", "x", 0), VMQ_REASON_SUCCESS);
	expect("a/b=x", "a/b=x");
	ck_assert_int_eq(house_publish("b", "x", 0), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	expect("", "");
	teardown();
}
END_TEST

START_TEST(what_came_from_another_node_stays_on_this_one)
{
	VmqDraft draft = draft_of("a", "x", 0);

	setup(0);
	draft.origin = g_intern_static_string("node2");
	ck_assert_int_eq(publish_submit(&draft), VMQ_REASON_SUCCESS);
	expect("a=x", "");
	draft.retain = true;
	draft.stamp = clock_stamp_new();
	ck_assert_int_eq(publish_submit(&draft), VMQ_REASON_SUCCESS);
	expect("a=x", "");
	teardown();
}
END_TEST

START_TEST(what_is_retained_goes_to_who_wants_all_of_it)
{
	setup(0);
	ck_assert_int_eq(house_retain("b", "x", 0), VMQ_REASON_SUCCESS);
	expect("", "b=x");
	ck_assert_int_eq(house_retain("a", "y", 0), VMQ_REASON_SUCCESS);
	expect("a=y", "a=y"); /* once, though it wants it twice */
	ck_assert_uint_eq(retained_count(core.retained), 2);
	teardown();
}
END_TEST

START_TEST(an_older_stamp_loses_and_is_not_delivered)
{
	VmqDraft draft = draft_of("a", "old", 0);

	setup(0);
	draft.retain = true;
	draft.stamp = clock_stamp_new();
	house_retain("a", "new", 0);
	expect("a=new", "a=new");
	ck_assert_int_eq(publish_submit(&draft), VMQ_REASON_SUCCESS);
	expect("", "");

	/* Ours are above all that were seen, whatever the wall clock says. */
	draft = draft_of("a", "ahead", 0);
	draft.retain = true;
	draft.stamp = clock_stamp_new() + ((VmqStamp) 5000 << 16);
	publish_submit(&draft);
	house_retain("a", "ours", 0);
	expect("a=ahead a=ours", "a=ahead a=ours");
	teardown();
}
END_TEST

START_TEST(a_full_store_refuses_and_says_so)
{
	setup(1);
	ck_assert_int_eq(house_retain("a", "1", 0), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(house_retain("a/b", "2", 0), VMQ_REASON_QUOTA_EXCEEDED);
	expect("a=1", "a=1");
	ck_assert_int_eq(vmq_counter_read(core.counters.retained_refused), 1);
	ck_assert_int_eq(house_publish("a/b", "3", 0), VMQ_REASON_SUCCESS);
	expect("a/b=3", "a/b=3");
	teardown();
}
END_TEST

static void
on_rewrite(void *state, VmqDraft *draft)
{
	(void) state;
	draft->topic = draft->payload.size == 1 ? bytes("a/rewritten") : bytes("not/+/valid");
}

static void
on_retained_changed(void *state, VmqMsg *msg)
{
	g_string_append_len(state, (const char *) msg_topic(msg).data, (gssize) msg_topic(msg).size);
}

START_TEST(plugins_rewrite_before_anything_else_and_hear_of_what_is_retained)
{
	static const VmqHooks hooks = {VMQ_HOOKS_INIT, .on_rewrite = on_rewrite,
	                               .on_retained_changed = on_retained_changed};
	g_autoptr(GString) told = g_string_new(NULL);

	setup(0);
	hooks_add("editor", &hooks, told);
	hooks_open();
	ck_assert_int_eq(house_retain("b", "x", 0), VMQ_REASON_SUCCESS);
	expect("a/rewritten=x", "a/rewritten=x");
	ck_assert_str_eq(told->str, "a/rewritten");
	ck_assert_int_eq(house_retain("b", "longer", 0), VMQ_REASON_TOPIC_NAME_INVALID);
	expect("", "");
	ck_assert_uint_eq(retained_count(core.retained), 1);
	teardown();
}
END_TEST

UNIT_MAIN("publish", all_that_match_get_it_and_the_answer_tells_whether_any_did,
          what_came_from_another_node_stays_on_this_one,
          what_is_retained_goes_to_who_wants_all_of_it,
          an_older_stamp_loses_and_is_not_delivered, a_full_store_refuses_and_says_so,
          plugins_rewrite_before_anything_else_and_hear_of_what_is_retained)
