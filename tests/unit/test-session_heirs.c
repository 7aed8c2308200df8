/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session.h"
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

#define FILTER "$share/g/a"

static FakeOutlet mortal, heir;
static Session   *session;

static Session *
come(FakeOutlet *outlet, const char *id, uint16_t receive_maximum)
{
	SessionTerms terms = {.receive_maximum = receive_maximum};
	bool         present;
	Session     *mine = clients_claim(id, NULL, false, &present);

	fake_outlet_attach(outlet, mine, &terms);
	return mine;
}

/* Who is to die is alone in the group at first; so many messages it is sent. */
static void
setup(uint16_t receive_maximum)
{
	house_build(1);
	session = come(&mortal, "mortal", receive_maximum);
	session_subscribe(session, &(SubscribeRequest){.filter = FILTER, .qos = 2});
}

static void
heir_comes(uint8_t qos)
{
	session_subscribe(come(&heir, "heir", UINT16_MAX),
	                  &(SubscribeRequest){.filter = FILTER, .qos = qos});
}

/* Its session ends with its connection, for it has no expiry interval. */
static void
mortal_goes(void)
{
	ck_assert(fake_outlet_detach(&mortal, WILL_DROPPED));
}

static int64_t
lost(void)
{
	return vmq_counter_read(core.counters.dropped_with_member);
}

static void
teardown(void)
{
	if (heir.said != NULL) {
		fake_outlet_detach(&heir, WILL_DROPPED);
		g_string_free(heir.said, TRUE);
	}
	house_tear_down();
	g_string_free(mortal.said, TRUE);
}

START_TEST(an_heir_gets_in_order_what_was_not_acknowledged_and_what_was_not_sent)
{
	setup(3);
	for (char number[] = "1"; number[0] <= '6'; number[0]++)
		house_publish("a", number, 1);
	house_publish("a", "7", 2);
	fake_outlet_expect(&mortal, "a=1@1#1 a=2@1#2 a=3@1#3");
	session_recv_puback(session, 2);
	fake_outlet_expect(&mortal, "a=4@1#4");
	heir_comes(2);
	mortal_goes();
	fake_outlet_expect(&heir, "a=1@1#1 a=3@1#2 a=4@1#3 a=5@1#4 a=6@1#5 a=7@2#6");
	ck_assert_int_eq(lost(), 0);
	teardown();
}
END_TEST

START_TEST(an_heir_gets_it_on_its_own_terms)
{
	setup(1);
	house_publish("a", "1", 1);
	house_publish("a", "2", 2);
	heir_comes(0);
	mortal_goes();
	fake_outlet_expect(&heir, "a=1 a=2");
	teardown();
}
END_TEST

/* [MQTT-4.8.2-5] */
START_TEST(qos_2_that_was_sent_dies_and_is_counted_unless_the_client_has_it)
{
	setup(UINT16_MAX);
	house_publish("a", "1", 2);
	house_publish("a", "2", 2);
	house_publish("a", "3", 1);
	session_recv_pubrec(session, 1, VMQ_REASON_SUCCESS);
	heir_comes(2);
	mortal_goes();
	fake_outlet_expect(&heir, "a=3@1#1");
	ck_assert_int_eq(lost(), 1);
	teardown();
}
END_TEST

START_TEST(what_the_last_member_leaves_is_counted)
{
	setup(2);
	house_publish("a", "1", 1);
	house_publish("a", "2", 2);
	house_publish("a", "3", 1);
	house_publish("a", "4", 2);
	mortal_goes();
	ck_assert_int_eq(lost(), 4);
	heir_comes(2);
	fake_outlet_expect(&heir, "");
	teardown();
}
END_TEST

START_TEST(what_is_of_no_group_is_no_ones_heritage)
{
	setup(1);
	session_unsubscribe(session, FILTER);
	session_subscribe(session, &(SubscribeRequest){.filter = "a", .qos = 2});
	house_publish("a", "1", 2);
	house_publish("a", "2", 1);
	heir_comes(2);
	mortal_goes();
	fake_outlet_expect(&heir, "");
	ck_assert_int_eq(lost(), 0);
	teardown();
}
END_TEST

START_TEST(what_has_expired_is_left_to_nobody)
{
	VmqDraft draft = draft_of("a", "short", 1);

	setup(2);
	draft.expiry_s = 1;
	publish_submit(&draft); /* is sent */
	house_publish("a", "sent", 1);
	publish_submit(&draft); /* waits */
	house_publish("a", "waits", 1);
	fake_clock_advance(1000);
	turn_once();
	heir_comes(2);
	mortal_goes();
	fake_outlet_expect(&heir, "a=sent@1#1 a=waits@1#2");
	ck_assert_int_eq(lost(), 0);
	teardown();
}
END_TEST

UNIT_MAIN("session_heirs", an_heir_gets_in_order_what_was_not_acknowledged_and_what_was_not_sent,
          an_heir_gets_it_on_its_own_terms,
          qos_2_that_was_sent_dies_and_is_counted_unless_the_client_has_it,
          what_the_last_member_leaves_is_counted, what_is_of_no_group_is_no_ones_heritage,
          what_has_expired_is_left_to_nobody)
