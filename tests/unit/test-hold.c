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

START_TEST(a_publisher_is_held_in_a_later_turn_and_as_often_released)
{
	house_build(1);
	come(NULL);
	vmq_publisher_hold(addr);
	vmq_publisher_hold(addr);
	fake_outlet_expect(&outlet, ""); /* it may be in the middle of a PUBLISH */
	turn_once();
	fake_outlet_expect(&outlet, "hold");
	vmq_publisher_release(addr);
	turn_once();
	fake_outlet_expect(&outlet, "");
	vmq_publisher_release(addr);
	turn_once();
	fake_outlet_expect(&outlet, "release");
	go(NULL);
	teardown();
}
END_TEST

START_TEST(it_may_live_on_another_worker)
{
	house_build(2);
	turn_on(1, come, NULL);
	ck_assert_uint_eq(addr.worker, 1);
	vmq_publisher_hold(addr);
	vmq_publisher_release(addr);
	turn_on(1, go, NULL); /* letters keep their order */
	fake_outlet_expect(&outlet, "hold release");
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

	house_build(1);
	come(NULL);
	vmq_publisher_hold(addr);
	go(NULL); /* before the letter comes */
	turn_once();
	vmq_publisher_release(addr);
	turn_once();

	VmqAddr sink = vmq_sink_open(&ops, &outlet);

	vmq_publisher_hold(sink);
	vmq_publisher_hold(VMQ_ADDR_NONE);
	vmq_publisher_release(VMQ_ADDR_NONE);
	turn_once();
	vmq_sink_close(sink);

	/* Nor is who came to the same place since. */
	VmqAddr stale = addr;

	come(NULL);
	ck_assert(!vmq_addr_equal(stale, addr));
	vmq_publisher_hold(stale);
	turn_once();
	fake_outlet_expect(&outlet, "");
	go(NULL);
	teardown();
}
END_TEST

UNIT_MAIN("hold", a_publisher_is_held_in_a_later_turn_and_as_often_released,
          it_may_live_on_another_worker, who_has_gone_or_is_no_client_is_held_by_nobody)
