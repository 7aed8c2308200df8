/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session_priv.h"
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

#define NO_LOCAL     VMQ_GRANT_NO_LOCAL
#define AS_PUBLISHED VMQ_GRANT_RETAIN_AS_PUBLISHED

static FakeOutlet outlet;
static Session   *session;

static void
setup(void)
{
	SessionTerms terms = {.expiry_s = UINT32_MAX, .receive_maximum = UINT16_MAX};
	bool         present;

	house_build(1);
	session = clients_claim("client", NULL, false, &present);
	fake_outlet_attach(&outlet, session, &terms);
}

static void
teardown(void)
{
	fake_outlet_detach(&outlet, WILL_DROPPED);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}

static void
subscribe(const char *filter, uint8_t qos, uint8_t flags, uint32_t id)
{
	SubscribeRequest request = {.filter = filter, .qos = qos, .flags = flags, .id = id};

	ck_assert_int_eq(session_subscribe(session, &request), qos);
}

/* The terms of one's own message as text: "qos/flags:ids"; "-": one does not get it. */
#define expect_own(topic_, expected_)                          \
	do {                                                   \
		g_autofree char *terms_ = own_terms(topic_);   \
		ck_assert_str_eq(terms_, expected_);           \
	} while (0)

static char *
own_terms(const char *topic)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	VmqGrant grant;

	if (!session_grant_own(session, bytes(topic), ids, &grant))
		return g_strdup("-");
	ck_assert_uint_eq(grant.n_ids, ids->len);
	ck_assert_uint_eq(grant.group, 0);

	uint32_t sum = 0; /* they come in no order */

	for (unsigned i = 0; i < grant.n_ids; i++)
		sum += grant.ids[i];
	return g_strdup_printf("%u/%u:%u", grant.qos, grant.flags, sum);
}

START_TEST(ones_own_message_comes_by_the_filters_without_no_local)
{
	setup();
	subscribe("a/+", 2, NO_LOCAL, 1);
	expect_own("a/b", "-");
	subscribe("a/#", 0, 0, 20);
	expect_own("a/b", "0/0:20"); /* neither QoS nor identifier of the other */
	subscribe("#", 1, AS_PUBLISHED, 300);
	expect_own("a/b", "1/2:320");
	expect_own("b", "1/2:300");
	expect_own("$x", "-");
	subscribe("$share/g/#", 2, 0, 4000); /* a group's members get theirs from the group */
	expect_own("b", "1/2:300");
	expect_own("$share/g/b", "-"); /* nor is it a filter for topics that look like it */
	teardown();
}
END_TEST

START_TEST(the_largest_identifier_and_all_options_are_remembered)
{
	setup();
	subscribe("a", 2, AS_PUBLISHED, 268435455);
	expect_own("a", "2/2:268435455");
	subscribe("a", 1, 0, 0);
	expect_own("a", "1/0:0");
	teardown();
}
END_TEST

START_TEST(filters_with_no_local_are_counted_through_all_changes)
{
	setup();
	subscribe("a", 0, NO_LOCAL, 0);
	subscribe("b", 0, NO_LOCAL, 0);
	subscribe("c", 0, 0, 0);
	ck_assert_uint_eq(session->n_no_local, 2);
	subscribe("a", 0, NO_LOCAL, 0);
	ck_assert_uint_eq(session->n_no_local, 2);
	subscribe("a", 0, 0, 0);
	subscribe("c", 0, NO_LOCAL, 0);
	ck_assert_uint_eq(session->n_no_local, 2);
	session_unsubscribe(session, "c");
	session_unsubscribe(session, "a");
	ck_assert_uint_eq(session->n_no_local, 1);
	session_leave_all(session);
	ck_assert_uint_eq(session->n_no_local, 0);
	teardown();
}
END_TEST

START_TEST(leaving_all_leaves_nothing_behind)
{
	setup();
	subscribe("a", 0, 0, 0);
	subscribe("a/#", 1, NO_LOCAL, 7);
	subscribe("$share/g/a", 2, 0, 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.subscriptions), 3);
	ck_assert_int_eq(vmq_counter_read(core.counters.shared_subscriptions), 1);
	session_leave_all(session);
	session_leave_all(session);
	ck_assert_uint_eq(router_count(core.router), 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.subscriptions), 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.shared_subscriptions), 0);
	ck_assert_int_eq(session_unsubscribe(session, "a"), VMQ_REASON_NO_SUBSCRIPTION_EXISTED);
	subscribe("a", 1, 0, 0); /* it may begin anew */
	house_publish("a", "x", 0);
	fake_outlet_expect(&outlet, "a=x");
	teardown();
}
END_TEST

static GString *changed;

static void
on_filter_changed(void *state, const char *filter)
{
	(void) state;
	g_string_append_printf(changed, "%s;", filter);
}

static const VmqHooks curious = {VMQ_HOOKS_INIT, .on_filter_changed = on_filter_changed};

START_TEST(plugins_are_told_when_interest_begins_and_ends_and_not_in_between)
{
	setup();
	changed = g_string_new(NULL);
	hooks_add("curious", &curious, NULL);
	hooks_open();
	subscribe("a", 0, 0, 0);
	subscribe("a", 1, NO_LOCAL, 9); /* other terms, same interest */
	subscribe("$share/g/b", 0, 0, 0);
	turn_once();
	ck_assert_str_eq(changed->str, "a;b;");
	session_unsubscribe(session, "a");
	session_leave_all(session);
	turn_once();
	ck_assert_str_eq(changed->str, "a;b;a;b;");
	g_string_free(changed, TRUE);
	teardown();
}
END_TEST

UNIT_MAIN("session_filters", ones_own_message_comes_by_the_filters_without_no_local,
          the_largest_identifier_and_all_options_are_remembered,
          filters_with_no_local_are_counted_through_all_changes, leaving_all_leaves_nothing_behind,
          plugins_are_told_when_interest_begins_and_ends_and_not_in_between)
