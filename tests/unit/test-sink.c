/* SPDX-License-Identifier: Apache-2.0 */
#include "house.h"
#include "unit.h"

#include <vibemq/sink.h>

static unsigned n_delivered;
static uint8_t  last_flags;

static void
on_deliver(void *sink, VmqMsg *msg, const VmqGrant *grant)
{
	ck_assert_ptr_eq(sink, &n_delivered);
	ck_assert_uint_eq(msg_payload(msg).size, 1);
	n_delivered++;
	last_flags = grant->flags;
}

static const VmqSinkOps ops = {on_deliver};

static VmqAddr
setup(void)
{
	house_build(1);
	return vmq_sink_open(&ops, &n_delivered);
}

START_TEST(a_sink_gets_what_it_is_granted_and_no_more_when_it_is_withdrawn)
{
	VmqAddr addr = setup();

	vmq_subscribe(addr, "a", &(VmqGrant){.flags = VMQ_GRANT_NO_LOCAL});
	house_publish("a", "x", 0);
	ck_assert_uint_eq(n_delivered, 1);
	ck_assert_uint_eq(last_flags, VMQ_GRANT_NO_LOCAL);
	vmq_subscribe(addr, "a", &(VmqGrant){.flags = 0});
	house_publish("a", "x", 0);
	ck_assert_uint_eq(n_delivered, 2);
	ck_assert_uint_eq(last_flags, 0);
	vmq_unsubscribe(addr, "a");
	vmq_unsubscribe(addr, "never");
	ck_assert_int_eq(house_publish("a", "x", 0), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	vmq_sink_close(addr);
	house_tear_down();
}
END_TEST

START_TEST(closing_takes_all_grants_away)
{
	VmqAddr addr = setup();

	for (unsigned i = 0; i < 100; i++) {
		g_autofree char *filter = g_strdup_printf("%u/#", i);

		vmq_subscribe(addr, filter, &(VmqGrant){0});
	}
	vmq_subscribe(addr, "$share/g/a", &(VmqGrant){0});
	vmq_sink_want_retained(addr, true);
	ck_assert_uint_eq(router_count(core.router), 101);
	vmq_sink_close(addr);
	ck_assert_uint_eq(router_count(core.router), 0);
	ck_assert_int_eq(house_retain("1/2", "x", 0), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	ck_assert_uint_eq(n_delivered, 0);
	house_tear_down();
}
END_TEST

START_TEST(an_address_that_nobody_has_any_more_does_nothing)
{
	VmqAddr addr = setup();

	vmq_sink_close(addr);
	vmq_sink_close(addr);
	vmq_subscribe(addr, "a", &(VmqGrant){0});
	vmq_unsubscribe(addr, "a");
	ck_assert_uint_eq(router_count(core.router), 0);
	house_tear_down();
}
END_TEST

START_TEST(who_closed_and_then_wants_retained_messages_is_not_kept)
{
	VmqAddr addr = setup();

	vmq_sink_close(addr);
	vmq_sink_want_retained(addr, true);
	ck_assert_int_eq(house_retain("a", "x", 0), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	house_tear_down();
}
END_TEST

static void
on_filter_changed(void *state, const char *filter)
{
	(void) filter;
	(*(unsigned *) state)++;
}

START_TEST(plugins_hear_when_local_interest_begins_and_ends)
{
	static const VmqHooks hooks = {VMQ_HOOKS_INIT, .on_filter_changed = on_filter_changed};
	VmqAddr  addr = setup(), other = vmq_sink_open(&ops, &n_delivered);
	unsigned n_told = 0;

	hooks_add("listener", &hooks, &n_told);
	hooks_open();
	vmq_subscribe(addr, "a", &(VmqGrant){0});
	vmq_subscribe(other, "a", &(VmqGrant){0});
	vmq_subscribe(other, "r", &(VmqGrant){.flags = VMQ_GRANT_RELAY});
	turn_once();
	ck_assert_uint_eq(n_told, 1);
	vmq_sink_close(addr);
	turn_once();
	ck_assert_uint_eq(n_told, 1);
	vmq_sink_close(other);
	turn_once();
	ck_assert_uint_eq(n_told, 2);
	house_tear_down();
}
END_TEST

UNIT_MAIN("sink", a_sink_gets_what_it_is_granted_and_no_more_when_it_is_withdrawn,
          closing_takes_all_grants_away, an_address_that_nobody_has_any_more_does_nothing,
          who_closed_and_then_wants_retained_messages_is_not_kept,
          plugins_hear_when_local_interest_begins_and_ends)
