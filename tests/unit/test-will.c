/* SPDX-License-Identifier: Apache-2.0 */
#include "core/will.h"
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

static FakeOutlet mortal, heir;

static Session *
come(FakeOutlet *outlet, const char *id, uint32_t expiry_s, Will *will)
{
	SessionTerms terms = {
		.expiry_s = expiry_s, .receive_maximum = UINT16_MAX, .will = will};
	bool     present;
	Session *session = clients_claim(id, NULL, false, &present);

	fake_outlet_attach(outlet, session, &terms);
	session_resume(session);
	return session;
}

static const VmqClient client = {.id = "mortal", .protocol = 5};

static Will *
make_will(uint32_t delay_s)
{
	VmqDraft draft = draft_of("will/m", "gone", 0);

	draft.client = &client;
	return will_new(&draft, delay_s);
}

/* Somebody who hears of wills. */
static void
setup(void)
{
	house_build(1);
	session_subscribe(come(&heir, "heir", 0, NULL), &(SubscribeRequest){.filter = "will/#"});
}

static void
teardown(void)
{
	fake_outlet_detach(&heir, WILL_DROPPED);
	house_tear_down();
	g_string_free(heir.said, TRUE);
	if (mortal.said != NULL)
		g_string_free(mortal.said, TRUE);
}

START_TEST(a_will_holds_copies)
{
	char     topic[] = "will/a", payload[] = "x";
	VmqDraft draft = draft_of(topic, payload, 0);

	setup();
	draft.client = &client;
	Will *will = will_new(&draft, 7);

	memset(topic, '?', strlen(topic));
	memset(payload, '?', strlen(payload));
	ck_assert_uint_eq(will_delay_s(will), 7);
	will_publish(will, VMQ_ADDR_NONE);
	will_free(will);
	will_free(NULL);
	fake_outlet_expect(&heir, "will/a=x");
	ck_assert_int_eq(vmq_counter_read(core.counters.wills), 1);
	teardown();
}
END_TEST

START_TEST(a_will_that_is_due_is_said_at_once_and_once)
{
	setup();
	come(&mortal, "m", 0, make_will(0));
	ck_assert(fake_outlet_detach(&mortal, WILL_DUE));
	fake_outlet_expect(&heir, "will/m=gone");
	come(&mortal, "m", 100, make_will(0));
	fake_outlet_detach(&mortal, WILL_DUE);
	fake_outlet_expect(&heir, "will/m=gone");
	fake_clock_advance(100000);
	turn_once();
	fake_outlet_expect(&heir, "");
	teardown();
}
END_TEST

START_TEST(a_will_that_is_dropped_is_never_said)
{
	setup();
	come(&mortal, "m", 0, make_will(0));
	fake_outlet_detach(&mortal, WILL_DROPPED);
	come(&mortal, "m", 100, make_will(5));
	fake_outlet_detach(&mortal, WILL_DROPPED);
	fake_clock_advance(100000);
	turn_once();
	fake_outlet_expect(&heir, "");
	teardown();
}
END_TEST

START_TEST(a_delayed_will_waits)
{
	setup();
	come(&mortal, "m", 100, make_will(5));
	fake_outlet_detach(&mortal, WILL_DUE);
	fake_clock_advance(4999);
	turn_once();
	fake_outlet_expect(&heir, "");
	fake_clock_advance(1);
	turn_once();
	fake_outlet_expect(&heir, "will/m=gone");
	teardown();
}
END_TEST

START_TEST(who_comes_back_in_time_takes_the_will_back)
{
	setup();
	come(&mortal, "m", 100, make_will(5));
	fake_outlet_detach(&mortal, WILL_DUE);
	fake_clock_advance(4999);
	turn_once();
	come(&mortal, "m", 100, NULL);
	fake_clock_advance(10000);
	turn_once();
	fake_outlet_detach(&mortal, WILL_DUE);
	fake_outlet_expect(&heir, "");
	teardown();
}
END_TEST

START_TEST(the_end_of_the_session_comes_before_the_delay)
{
	setup();
	come(&mortal, "m", 3, make_will(5));
	fake_outlet_detach(&mortal, WILL_DUE);
	fake_clock_advance(3000);
	turn_once();
	fake_outlet_expect(&heir, "will/m=gone");
	ck_assert_uint_eq(clients_count(), 1);
	come(&mortal, "m", 0, make_will(5));
	ck_assert(fake_outlet_detach(&mortal, WILL_DUE));
	fake_outlet_expect(&heir, "will/m=gone");
	teardown();
}
END_TEST

UNIT_MAIN("will", a_will_holds_copies, a_will_that_is_due_is_said_at_once_and_once,
          a_will_that_is_dropped_is_never_said, a_delayed_will_waits,
          who_comes_back_in_time_takes_the_will_back,
          the_end_of_the_session_comes_before_the_delay)
