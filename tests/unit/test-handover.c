/* SPDX-License-Identifier: Apache-2.0 */
#include "core/deliver.h"
#include "core/handover.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

#include <vibemq/sink.h>

#define MOST 10000
#define MESSAGE_BYTES 3000

static FakeOutlet outlet;
static Session   *publisher;
static VmqAddr    sink; /* on worker 1 */
static unsigned   n_delivered;
static GMutex     gate; /* worker 1 delivers while it is open */

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *grant)
{
	(void) data, (void) msg, (void) grant;
	g_mutex_lock(&gate);
	n_delivered++;
	g_mutex_unlock(&gate);
}

static const VmqSinkOps ops = {on_deliver};

static void
open_there(void *unused)
{
	(void) unused;
	sink = vmq_sink_open(&ops, NULL);
}

static void
close_there(void *unused)
{
	(void) unused;
	vmq_sink_close(sink);
}

static void
setup(void)
{
	Limits       limits = house_limits();
	SessionTerms terms = {.expiry_s = UINT32_MAX, .receive_maximum = UINT16_MAX};
	bool         present;

	house_build(2);
	limits.max_handover_bytes = MOST;
	house_set_limits(&limits);
	n_delivered = 0;
	turn_on(1, open_there, NULL);
	publisher = clients_claim("publisher", NULL, false, &present);
	fake_outlet_attach(&outlet, publisher, &terms);
}

static void
teardown(void)
{
	turn_on(1, close_there, NULL);
	fake_outlet_detach(&outlet, WILL_DROPPED);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}

static void
send(unsigned n, VmqAddr from)
{
	g_autofree char *payload = g_strnfill(MESSAGE_BYTES, 'x');
	VmqDraft         draft = draft_of("a", payload, 0);
	Matches          matches = {0};

	draft.publisher = from;
	*matches_extend(&matches, 1) = (Match){.addr = sink};
	for (unsigned i = 0; i < n; i++) {
		g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);

		deliver_send(msg, &matches);
	}
	matches_free(&matches);
}

START_TEST(what_is_little_holds_nobody)
{
	setup();
	send(3, session_addr(publisher));
	house_settle();
	send(3, session_addr(publisher));
	house_settle();
	ck_assert_uint_eq(n_delivered, 6);
	ck_assert_uint_eq(handover_ahead(1), 0);
	fake_outlet_expect(&outlet, "");
	teardown();
}
END_TEST

START_TEST(who_is_ahead_of_another_worker_is_held_until_that_has_opened)
{
	setup();
	g_mutex_lock(&gate);
	send(3, session_addr(publisher));
	turn_once();
	fake_outlet_expect(&outlet, "");
	send(2, session_addr(publisher)); /* with what is not opened yet it is too much */
	turn_once();
	turn_once();
	fake_outlet_expect(&outlet, "hold");
	ck_assert_uint_gt(handover_ahead(1), MOST);
	g_mutex_unlock(&gate);
	house_settle();
	fake_outlet_expect(&outlet, "release");
	ck_assert_uint_eq(n_delivered, 5);
	ck_assert_uint_eq(handover_ahead(1), 0);
	teardown();
}
END_TEST

START_TEST(who_was_released_may_be_held_again)
{
	setup();
	for (unsigned i = 0; i < 3; i++) {
		send(5, session_addr(publisher));
		house_settle();
		fake_outlet_expect(&outlet, "hold release");
	}
	teardown();
}
END_TEST

START_TEST(what_nobody_here_published_holds_nobody)
{
	setup();
	send(5, VMQ_ADDR_NONE);
	house_settle();
	ck_assert_uint_eq(n_delivered, 5);
	fake_outlet_expect(&outlet, "");
	teardown();
}
END_TEST

START_TEST(who_has_left_meanwhile_is_nobody_s_business)
{
	setup();
	g_mutex_lock(&gate);
	send(5, session_addr(publisher));
	turn_once();
	fake_outlet_detach(&outlet, WILL_DROPPED);
	clients_clear();
	g_mutex_unlock(&gate);
	house_settle();
	ck_assert_uint_eq(n_delivered, 5);

	SessionTerms terms = {.expiry_s = 0};
	bool         present;

	publisher = clients_claim("another", NULL, false, &present);
	fake_outlet_attach(&outlet, publisher, &terms);
	house_settle();
	fake_outlet_expect(&outlet, "hold"); /* him, and nobody else */
	teardown();
}
END_TEST

UNIT_MAIN("handover", what_is_little_holds_nobody,
          who_is_ahead_of_another_worker_is_held_until_that_has_opened,
          who_was_released_may_be_held_again, what_nobody_here_published_holds_nobody,
          who_has_left_meanwhile_is_nobody_s_business)
