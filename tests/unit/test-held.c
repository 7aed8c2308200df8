/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

#include <vibemq/sink.h>

static FakeOutlet outlet;
static Session   *session;
static VmqAddr    addr;

static void
come(void *unused)
{
	SessionTerms terms = {.receive_maximum = UINT16_MAX};
	bool         present;

	(void) unused;
	session = clients_claim("client", NULL, false, &present);
	addr = session_addr(session);
	fake_outlet_attach(&outlet, session, &terms);
}

static void
go(void *unused)
{
	(void) unused;
	fake_outlet_detach(&outlet, WILL_DROPPED);
}

static void
teardown(void)
{
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}

START_TEST(a_publisher_is_held_in_a_later_turn_until_nobody_holds_it)
{
	VmqHeld *one, *other;

	house_build(1);
	come(NULL);
	one = vmq_held_new();
	other = vmq_held_new();
	ck_assert(vmq_held_add(one, addr));
	ck_assert(!vmq_held_add(one, addr)); /* once is enough */
	ck_assert(vmq_held_add(other, addr));
	fake_outlet_expect(&outlet, ""); /* it may be in the middle of a PUBLISH */
	turn_once();
	fake_outlet_expect(&outlet, "hold");
	vmq_held_let_go(one);
	turn_once();
	fake_outlet_expect(&outlet, "");
	vmq_held_let_go(other);
	turn_once();
	fake_outlet_expect(&outlet, "release");
	vmq_held_free(one);
	vmq_held_free(other);
	go(NULL);
	teardown();
}
END_TEST

START_TEST(it_is_known_who_is_held)
{
	VmqHeld *held;

	house_build(1);
	come(NULL);
	held = vmq_held_new();
	ck_assert(vmq_held_is_empty(held));
	ck_assert(!vmq_held_has(held, addr));
	vmq_held_add(held, addr);
	ck_assert(!vmq_held_is_empty(held));
	ck_assert(vmq_held_has(held, addr));
	vmq_held_let_go(held);
	ck_assert(vmq_held_is_empty(held));
	ck_assert(!vmq_held_has(held, addr));
	ck_assert(vmq_held_add(held, addr)); /* anew */
	vmq_held_free(held);                 /* and for good */
	turn_once();
	fake_outlet_expect(&outlet, "hold release hold");
	vmq_held_free(NULL);
	go(NULL);
	teardown();
}
END_TEST

START_TEST(it_may_live_on_another_worker)
{
	VmqHeld *held = vmq_held_new();

	house_build(2);
	turn_on(1, come, NULL);
	ck_assert_uint_eq(addr.worker, 1);
	vmq_held_add(held, addr);
	vmq_held_let_go(held);
	turn_on(1, go, NULL); /* letters keep their order */
	fake_outlet_expect(&outlet, "hold release");
	vmq_held_free(held);
	teardown();
}
END_TEST

static void
on_deliver(void *sink, VmqMsg *msg, const VmqGrant *grant)
{
	(void) sink;
	(void) msg;
	(void) grant;
}

START_TEST(who_has_gone_or_is_no_client_is_held_by_nobody)
{
	static const VmqSinkOps ops = {on_deliver};

	VmqHeld *held = vmq_held_new();

	house_build(1);
	come(NULL);
	vmq_held_add(held, addr);
	go(NULL); /* before the letter comes */
	turn_once();
	vmq_held_let_go(held);
	turn_once();

	VmqAddr sink = vmq_sink_open(&ops, &outlet);

	vmq_held_add(held, sink);
	ck_assert(!vmq_held_add(held, VMQ_ADDR_NONE));
	turn_once();
	vmq_sink_close(sink);

	/* Nor is who came to the same place since. */
	VmqAddr stale = addr;

	come(NULL);
	ck_assert(!vmq_addr_equal(stale, addr));
	vmq_held_add(held, stale);
	turn_once();
	fake_outlet_expect(&outlet, "");
	vmq_held_free(held);
	go(NULL);
	teardown();
}
END_TEST

UNIT_MAIN("held", a_publisher_is_held_in_a_later_turn_until_nobody_holds_it,
          it_is_known_who_is_held, it_may_live_on_another_worker, who_has_gone_or_is_no_client_is_held_by_nobody)
