/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session.h"
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

#include <vibemq/sink.h>

static FakeOutlet outlet;
static Session   *session;

/* Attached, with these terms. */
static void
come(uint32_t expiry_s, uint16_t receive_maximum, Will *will)
{
	SessionTerms terms = {
		.expiry_s = expiry_s, .receive_maximum = receive_maximum, .will = will};
	bool present;

	session = clients_claim("client", NULL, false, &present);
	fake_outlet_attach(&outlet, session, &terms);
	session_resume(session);
}

static void
go(void)
{
	ck_assert(!fake_outlet_detach(&outlet, WILL_DROPPED));
}

static void
setup(void)
{
	house_build(1);
	come(UINT32_MAX, UINT16_MAX, NULL);
}

static void
teardown(void)
{
	if (session != NULL && session_is_attached(session))
		fake_outlet_detach(&outlet, WILL_DROPPED);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}

static VmqReason
subscribe(const char *filter, uint8_t qos)
{
	SubscribeRequest request = {.filter = filter, .qos = qos};
	VmqReason        reason = session_subscribe(session, &request);

	session_pump(session);
	return reason;
}

static VmqReason
publish(const char *topic, const char *payload, uint8_t qos, uint16_t packet_id)
{
	VmqDraft draft = draft_of(topic, payload, qos);

	draft.publisher = session_addr(session);
	return session_recv_publish(session, &draft, packet_id);
}

static void
publish_numbers(unsigned n, uint8_t qos)
{
	for (unsigned i = 1; i <= n; i++) {
		g_autofree char *number = g_strdup_printf("%u", i);

		house_publish("a", number, qos);
	}
}

static void
ignore(void *sink, VmqMsg *msg, const VmqGrant *grant)
{
	(void) sink;
	(void) msg;
	(void) grant;
}

START_TEST(a_client_that_is_there_expects_what_is_coming)
{
	static const VmqSinkOps ops = {.deliver = ignore};
	const VmqBytes          topics[] = {{(const uint8_t *) "a", 1}, {(const uint8_t *) "b", 1}};

	setup();
	VmqAddr plugin = vmq_sink_open(&ops, &outlet);

	vmq_subscribe(plugin, "+", &(VmqGrant){0});
	subscribe("+", 0);
	publish_expect(topics, 2);
	ck_assert_uint_eq(outlet.expected, 2);
	go();
	publish_expect(topics, 2); /* it is away */
	ck_assert_uint_eq(outlet.expected, 2);
	vmq_sink_close(plugin);
	teardown();
}
END_TEST

/* ---- to the client ---- */

START_TEST(qos_is_the_lower_of_message_and_subscription)
{
	setup();
	ck_assert_int_eq(subscribe("0", 0), 0);
	ck_assert_int_eq(subscribe("1", 1), 1);
	ck_assert_int_eq(subscribe("2", 2), 2);
	for (const char *topic = "0\0001\0002\0"; *topic != '\0'; topic += 2)
		for (uint8_t qos = 0; qos <= 2; qos++)
			house_publish(topic, "x", qos);
	fake_outlet_expect(&outlet, "0=x 0=x 0=x 1=x 1=x@1#1 1=x@1#2 2=x 2=x@1#3 2=x@2#4");
	teardown();
}
END_TEST

START_TEST(identifiers_of_all_that_matched_are_told)
{
	SubscribeRequest requests[] = {{.filter = "a/#", .qos = 2, .id = 7},
	                               {.filter = "a/b", .id = 8, .qos = 0},
	                               {.filter = "b", .qos = 0, .id = 9}};

	setup();
	for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++)
		session_subscribe(session, &requests[i]);
	house_publish("a/b", "x", 0);
	house_publish("a/b", "y", 1);
	house_publish("b", "z", 1);
	fake_outlet_expect(&outlet, "a/b=x:7,8 a/b=y@1#1:7,8 b=z:9");
	teardown();
}
END_TEST

START_TEST(qos_1_ends_with_puback)
{
	setup();
	subscribe("a", 1);
	publish_numbers(1, 1);
	fake_outlet_expect(&outlet, "a=1@1#1");
	ck_assert_int_eq(session_recv_puback(session, 2), VMQ_REASON_PACKET_ID_NOT_FOUND);
	ck_assert_int_eq(session_recv_pubrec(session, 1, 0), VMQ_REASON_PROTOCOL_ERROR);
	ck_assert_int_eq(session_recv_pubcomp(session, 1), VMQ_REASON_PROTOCOL_ERROR);
	ck_assert_int_eq(session_recv_puback(session, 1), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_recv_puback(session, 1), VMQ_REASON_PACKET_ID_NOT_FOUND);
	teardown();
}
END_TEST

START_TEST(qos_2_ends_with_pubcomp)
{
	setup();
	subscribe("a", 2);
	publish_numbers(2, 2);
	fake_outlet_expect(&outlet, "a=1@2#1 a=2@2#2");
	ck_assert_int_eq(session_recv_puback(session, 1), VMQ_REASON_PROTOCOL_ERROR);
	ck_assert_int_eq(session_recv_pubcomp(session, 1), VMQ_REASON_PROTOCOL_ERROR);
	ck_assert_int_eq(session_recv_pubrec(session, 3, 0), VMQ_REASON_PACKET_ID_NOT_FOUND);
	ck_assert_int_eq(session_recv_pubrec(session, 1, 0), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_recv_pubrec(session, 1, 0), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_recv_pubcomp(session, 1), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_recv_pubcomp(session, 1), VMQ_REASON_PACKET_ID_NOT_FOUND);

	/* A failure ends it at PUBREC [MQTT-4.3.3-4]. */
	ck_assert_int_eq(session_recv_pubrec(session, 2, VMQ_REASON_QUOTA_EXCEEDED),
	                 VMQ_REASON_QUOTA_EXCEEDED);
	ck_assert_int_eq(session_recv_pubrec(session, 2, 0), VMQ_REASON_PACKET_ID_NOT_FOUND);
	teardown();
}
END_TEST

START_TEST(receive_maximum_holds_back_all_but_qos_0)
{
	setup();
	go();
	come(UINT32_MAX, 2, NULL);
	subscribe("a", 2);
	publish_numbers(4, 1);
	fake_outlet_expect(&outlet, "a=1@1#1 a=2@1#2");
	house_publish("a", "zero", 0);
	fake_outlet_expect(&outlet, "a=zero");
	session_recv_puback(session, 2);
	fake_outlet_expect(&outlet, "a=3@1#3");
	session_recv_puback(session, 1);
	fake_outlet_expect(&outlet, "a=4@1#4");
	teardown();
}
END_TEST

START_TEST(a_received_qos_2_message_still_counts_until_pubcomp)
{
	setup();
	go();
	come(UINT32_MAX, 1, NULL);
	subscribe("a", 2);
	publish_numbers(2, 2);
	session_recv_pubrec(session, 1, 0);
	fake_outlet_expect(&outlet, "a=1@2#1");
	session_recv_pubcomp(session, 1);
	fake_outlet_expect(&outlet, "a=2@2#2");
	teardown();
}
END_TEST

START_TEST(who_does_not_read_loses_qos_0_and_keeps_the_rest)
{
	setup();
	subscribe("a", 1);
	outlet.room = 1;
	publish_numbers(3, 1);
	house_publish("a", "lost", 0);
	fake_outlet_expect(&outlet, "a=1@1#1");
	ck_assert_int_eq(vmq_counter_read(core.counters.dropped_unsent), 1);
	outlet.room = 1;
	session_pump(session);
	fake_outlet_expect(&outlet, "a=2@1#2");
	outlet.room = 9;
	session_pump(session);
	fake_outlet_expect(&outlet, "a=3@1#3");
	teardown();
}
END_TEST

START_TEST(what_is_too_large_for_the_client_counts_as_delivered)
{
	setup();
	subscribe("a", 1);
	outlet.max_size = 3;
	house_publish("a", "large", 1);
	house_publish("a", "ok", 1);
	fake_outlet_expect(&outlet, "a=ok@1#2");
	ck_assert_int_eq(session_recv_puback(session, 1), VMQ_REASON_PACKET_ID_NOT_FOUND);

	/* And so it is when it is to be sent again. */
	go();
	house_publish("a", "large", 1);
	house_publish("a", "b", 1);
	outlet.max_size = 2;
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=ok@1#2! a=large@1#3 a=b@1#4");
	teardown();
}
END_TEST

/* ---- away ---- */

START_TEST(what_was_in_flight_comes_first_and_again_then_what_waited)
{
	setup();
	subscribe("a", 2);
	publish_numbers(3, 2);
	house_publish("a", "4", 1);
	session_recv_pubrec(session, 2, 0);
	session_recv_pubrec(session, 3, 0);
	session_recv_pubcomp(session, 3);
	fake_outlet_expect(&outlet, "a=1@2#1 a=2@2#2 a=3@2#3 a=4@1#4");
	go();
	house_publish("a", "5", 1);
	house_publish("a", "6", 0); /* queue_qos0 is off */
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=1@2#1! rel#2 a=4@1#4! a=5@1#5");
	teardown();
}
END_TEST

START_TEST(a_small_receive_maximum_holds_for_what_is_sent_again)
{
	setup();
	subscribe("a", 1);
	publish_numbers(3, 1);
	fake_outlet_expect(&outlet, "a=1@1#1 a=2@1#2 a=3@1#3");
	go();
	house_publish("a", "4", 1);
	come(UINT32_MAX, 2, NULL);
	fake_outlet_expect(&outlet, "a=1@1#1! a=2@1#2!");
	session_recv_puback(session, 1);
	fake_outlet_expect(&outlet, "a=3@1#3!");
	session_recv_puback(session, 3);
	fake_outlet_expect(&outlet, "a=4@1#4");
	teardown();
}
END_TEST

START_TEST(qos_0_waits_for_the_absent_if_the_limit_says_so)
{
	Limits limits = house_limits();

	setup();
	limits.queue_qos0 = true;
	house_set_limits(&limits);
	subscribe("a", 1);
	go();
	house_publish("a", "0", 0);
	house_publish("a", "1", 1);
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=0 a=1@1#1");
	teardown();
}
END_TEST

START_TEST(what_expires_while_it_waits_is_not_sent)
{
	VmqDraft draft = draft_of("a", "short", 1);

	setup();
	subscribe("a", 1);
	go();
	draft.expiry_s = 10;
	publish_submit(&draft);
	house_publish("a", "long", 1);
	fake_clock_advance(10000);
	turn_once();
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=long@1#1");
	ck_assert_int_eq(vmq_counter_read(core.counters.dropped_expired), 1);
	teardown();
}
END_TEST

START_TEST(a_session_ends_when_its_expiry_interval_is_over)
{
	setup();
	go();
	come(60, UINT16_MAX, NULL);
	subscribe("a", 1);
	fake_clock_advance(100000); /* attached, time does not count */
	turn_once();
	ck_assert_uint_eq(clients_count(), 1);
	go();
	fake_clock_advance(59999);
	turn_once();
	ck_assert_uint_eq(clients_count(), 1);
	ck_assert_uint_eq(router_count(core.router), 1);
	fake_clock_advance(1);
	turn_once();
	ck_assert_uint_eq(clients_count(), 0);
	ck_assert_uint_eq(router_count(core.router), 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.sessions_expired), 1);
	session = NULL;
	teardown();
}
END_TEST

START_TEST(a_session_without_expiry_interval_ends_with_its_connection)
{
	setup();
	go();
	come(0, UINT16_MAX, NULL);
	subscribe("a", 1);
	ck_assert(fake_outlet_detach(&outlet, WILL_DROPPED));
	ck_assert_uint_eq(clients_count(), 0);
	ck_assert_uint_eq(router_count(core.router), 0);
	session = NULL;
	teardown();
}
END_TEST

START_TEST(expiry_is_bounded_by_the_limit)
{
	Limits limits = house_limits();

	setup();
	limits.session_expiry_max_s = 100;
	house_set_limits(&limits);
	session_set_expiry(session, UINT32_MAX);
	ck_assert_uint_eq(session_get_expiry(session), 100);
	session_set_expiry(session, 99);
	ck_assert_uint_eq(session_get_expiry(session), 99);
	teardown();
}
END_TEST

/* ---- a full queue ---- */

static void
fill_queue(DropPolicy policy, uint16_t receive_maximum)
{
	Limits limits = house_limits();

	limits.max_queued_messages = 2;
	limits.drop_policy = policy;
	house_set_limits(&limits);
	subscribe("a", 1);
	go();
	if (receive_maximum > 0)
		come(UINT32_MAX, receive_maximum, NULL);
	publish_numbers(receive_maximum + 4u, 1);
}

START_TEST(a_full_queue_drops_the_newest)
{
	setup();
	fill_queue(DROP_NEWEST, 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.dropped_queue_full), 2);
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=1@1#1 a=2@1#2");
	teardown();
}
END_TEST

START_TEST(a_full_queue_drops_the_oldest)
{
	setup();
	fill_queue(DROP_OLDEST, 0);
	ck_assert_int_eq(vmq_counter_read(core.counters.dropped_queue_full), 2);
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=3@1#1 a=4@1#2");
	teardown();
}
END_TEST

START_TEST(a_full_queue_disconnects)
{
	setup();
	fill_queue(DROP_DISCONNECT, 1);
	fake_outlet_expect(&outlet, "a=1@1#1 close:97 close:97");
	teardown();
}
END_TEST

START_TEST(a_queue_is_bounded_by_bytes_too)
{
	Limits limits = house_limits();
	g_autoptr(VmqMsg) msg = message_of("a", "1", 1);

	setup();
	limits.max_queued_bytes = 2 * msg_bytes(msg);
	house_set_limits(&limits);
	subscribe("a", 1);
	go();
	publish_numbers(4, 1);
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "a=1@1#1 a=2@1#2");
	teardown();
}
END_TEST

/* ---- from the client ---- */

START_TEST(no_local_keeps_a_clients_own_words_from_it)
{
	SubscribeRequest request = {.filter = "a", .qos = 1, .flags = VMQ_GRANT_NO_LOCAL};

	setup();
	session_subscribe(session, &request);
	ck_assert_int_eq(publish("a", "mine", 0, 0), VMQ_REASON_SUCCESS);
	house_publish("a", "theirs", 0);
	fake_outlet_expect(&outlet, "a=theirs");
	teardown();
}
END_TEST

START_TEST(a_qos_2_message_is_published_once_until_it_is_released)
{
	setup();
	subscribe("a", 0);
	ck_assert_int_eq(publish("a", "x", 2, 7), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(publish("a", "x", 2, 7), VMQ_REASON_SUCCESS);
	fake_outlet_expect(&outlet, "a=x");
	ck_assert_int_eq(session_recv_pubrel(session, 7), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_recv_pubrel(session, 7), VMQ_REASON_PACKET_ID_NOT_FOUND);
	ck_assert_int_eq(publish("a", "y", 2, 7), VMQ_REASON_SUCCESS);
	fake_outlet_expect(&outlet, "a=y");

	/* A new connection does not make it new [MQTT-4.3.3-10]. */
	go();
	come(UINT32_MAX, UINT16_MAX, NULL);
	ck_assert_int_eq(publish("a", "y", 2, 7), VMQ_REASON_SUCCESS);
	fake_outlet_expect(&outlet, "");
	teardown();
}
END_TEST

START_TEST(more_unreleased_messages_than_allowed_end_the_connection)
{
	Limits limits = house_limits();

	setup();
	limits.receive_maximum = 2;
	house_set_limits(&limits);
	ck_assert_int_eq(publish("a", "x", 2, 1), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	ck_assert_int_eq(publish("a", "x", 2, 2), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	ck_assert_int_eq(publish("a", "x", 2, 3), VMQ_REASON_RECEIVE_MAXIMUM_EXCEEDED);
	ck_assert_int_eq(publish("a", "x", 2, 2), VMQ_REASON_SUCCESS);
	session_recv_pubrel(session, 1);
	ck_assert_int_eq(publish("a", "x", 2, 3), VMQ_REASON_NO_MATCHING_SUBSCRIBERS);
	teardown();
}
END_TEST

static VmqVerdict
on_authorize(void *state, VmqAccess *access)
{
	(void) state;
	return strstr(access->topic, "secret") != NULL ? VMQ_DENY : VMQ_NEXT;
}

static const VmqHooks strict = {VMQ_HOOKS_INIT, .on_authorize = on_authorize};

START_TEST(what_a_plugin_denies_is_not_authorized)
{
	g_autofree char *level = g_strnfill(300, 'x');
	g_autofree char *deep = g_strconcat(level, "/secret", NULL);

	setup();
	hooks_add("strict", &strict, NULL);
	hooks_open();
	ck_assert_int_eq(subscribe("secret", 1), VMQ_REASON_NOT_AUTHORIZED);
	ck_assert_int_eq(subscribe("$share/secret/#", 1), 1); /* asked about the plain filter */
	ck_assert_int_eq(publish("secret", "x", 1, 1), VMQ_REASON_NOT_AUTHORIZED);
	ck_assert_int_eq(publish(deep, "x", 2, 1), VMQ_REASON_NOT_AUTHORIZED);
	ck_assert_int_eq(session_recv_pubrel(session, 1), VMQ_REASON_PACKET_ID_NOT_FOUND);
	ck_assert_int_eq(publish("open", "x", 0, 0), VMQ_REASON_SUCCESS);
	teardown();
}
END_TEST

/* ---- subscriptions ---- */

START_TEST(subscriptions_have_a_limit_but_may_be_renewed)
{
	Limits limits = house_limits();

	setup();
	limits.max_subscriptions = 2;
	house_set_limits(&limits);
	ck_assert_int_eq(subscribe("a", 1), 1);
	ck_assert_int_eq(subscribe("b", 1), 1);
	ck_assert_int_eq(subscribe("c", 1), VMQ_REASON_QUOTA_EXCEEDED);
	ck_assert_int_eq(subscribe("a", 2), 2);
	ck_assert_int_eq(session_unsubscribe(session, "b"), VMQ_REASON_SUCCESS);
	ck_assert_int_eq(session_unsubscribe(session, "b"), VMQ_REASON_NO_SUBSCRIPTION_EXISTED);
	ck_assert_int_eq(subscribe("c", 1), 1);
	ck_assert_int_eq(vmq_counter_read(core.counters.subscriptions), 2);
	teardown();
}
END_TEST

START_TEST(a_new_subscription_gets_what_is_retained)
{
	SubscribeRequest request = {.filter = "a/+", .qos = 1, .id = 5};

	setup();
	house_retain("a/b", "old", 2);
	house_retain("b", "other", 0);
	session_subscribe(session, &request);
	fake_outlet_expect(&outlet, ""); /* SUBACK goes first */
	session_pump(session);
	fake_outlet_expect(&outlet, "a/b=old@1#1^:5");
	house_retain("a/b", "new", 0); /* an established subscription: no RETAIN [MQTT-3.3.1-9] */
	fake_outlet_expect(&outlet, "a/b=new:5");
	teardown();
}
END_TEST

START_TEST(retain_as_published_keeps_the_flag)
{
	SubscribeRequest request = {
		.filter = "a", .qos = 1, .flags = VMQ_GRANT_RETAIN_AS_PUBLISHED};

	setup();
	session_subscribe(session, &request);
	house_retain("a", "x", 0);
	house_publish("a", "y", 0);
	fake_outlet_expect(&outlet, "a=x^ a=y");
	teardown();
}
END_TEST

START_TEST(retain_handling_says_when_retained_messages_are_sent)
{
	SubscribeRequest request = {.filter = "a"};

	setup();
	house_retain("a", "x", 0);
	request.retain_handling = 2;
	session_subscribe(session, &request);
	session_pump(session);
	fake_outlet_expect(&outlet, "");
	request.retain_handling = 1;
	session_subscribe(session, &request);
	session_pump(session);
	fake_outlet_expect(&outlet, "");
	session_unsubscribe(session, "a");
	session_subscribe(session, &request);
	session_pump(session);
	fake_outlet_expect(&outlet, "a=x^");
	request.retain_handling = 0;
	session_subscribe(session, &request);
	session_pump(session);
	fake_outlet_expect(&outlet, "a=x^");
	ck_assert_int_eq(subscribe("$share/g/a", 1), 1);
	fake_outlet_expect(&outlet, "");
	teardown();
}
END_TEST

START_TEST(a_walk_goes_as_fast_as_the_client_reads)
{
	setup();
	house_retain("a", "1", 0);
	house_retain("b", "2", 0);
	outlet.room = 1;
	subscribe("#", 0);

	g_autofree char *first = fake_outlet_take(&outlet);

	ck_assert_uint_eq(strlen(first), strlen("a=1^"));
	/* The one that waits is replaced: its newer one is a live message. */
	outlet.room = 9;
	house_retain(first[0] == 'a' ? "b" : "a", "3", 0);
	session_pump(session);
	fake_outlet_expect(&outlet, first[0] == 'a' ? "b=3" : "a=3");
	teardown();
}
END_TEST

START_TEST(walks_wait_for_each_other_and_give_what_was_there_when_they_were_asked_for)
{
	setup();
	house_retain("a/1", "old", 0);
	house_retain("b/1", "old", 0);
	outlet.room = 0;
	subscribe("a/+", 0);
	subscribe("b/+", 0);
	subscribe("c/+", 0); /* of which there is nothing */
	house_retain("b/2", "live", 0);
	house_retain("c/1", "live", 0);
	outlet.room = 9;
	session_pump(session);
	fake_outlet_expect(&outlet, "a/1=old^ b/1=old^ b/2=live c/1=live");
	house_publish("a/1", "direct", 0);
	fake_outlet_expect(&outlet, "a/1=direct");
	teardown();
}
END_TEST

START_TEST(subscribing_again_before_one_has_read_begins_anew_and_once)
{
	setup();
	house_retain("a", "1", 0);
	house_retain("b", "2", 0);
	outlet.room = 0;
	for (unsigned i = 0; i < 1000; i++) {
		subscribe("a", 0);
		subscribe("b", 0);
	}
	outlet.room = 9;
	session_pump(session);
	fake_outlet_expect(&outlet, "a=1^ b=2^");
	teardown();
}
END_TEST

START_TEST(a_walk_of_which_nothing_is_left_holds_up_nobody)
{
	setup();
	go();
	come(UINT32_MAX, 1, NULL);
	house_retain("a", "1", 1);
	outlet.room = 0;
	subscribe("a", 1);
	subscribe("b", 1);
	outlet.room = 9;
	session_pump(session);
	fake_outlet_expect(&outlet, "a=1@1#1^");
	house_publish("b", "zero", 0); /* the quota is used up, but not for this */
	fake_outlet_expect(&outlet, "b=zero");
	teardown();
}
END_TEST

START_TEST(an_absent_member_of_a_group_leaves_its_turn_to_others)
{
	FakeOutlet   other = {0};
	SessionTerms terms = {.expiry_s = UINT32_MAX, .receive_maximum = UINT16_MAX};
	bool         present;

	setup();
	subscribe("$share/g/a", 1);
	Session *second = clients_claim("other", NULL, false, &present);

	fake_outlet_attach(&other, second, &terms);
	session_subscribe(second, &(SubscribeRequest){.filter = "$share/g/a", .qos = 1});
	go();
	publish_numbers(3, 0);
	fake_outlet_expect(&other, "a=1 a=2 a=3");
	come(UINT32_MAX, UINT16_MAX, NULL);
	publish_numbers(4, 0);

	g_autofree char *a = fake_outlet_take(&outlet), *b = fake_outlet_take(&other);

	ck_assert_uint_eq(strlen(a), strlen("a=1 a=3"));
	ck_assert_uint_eq(strlen(b), strlen("a=1 a=3"));
	fake_outlet_detach(&other, WILL_DROPPED);
	g_string_free(other.said, TRUE);
	teardown();
}
END_TEST

START_TEST(who_was_held_twice_is_heard_after_two_releases)
{
	setup();
	go();
	come(UINT32_MAX, UINT16_MAX, NULL);
	session_hold(session);
	session_hold(session);
	session_release(session);
	fake_outlet_expect(&outlet, "hold");

	/* A connection that comes meanwhile is held as well, once it is told what it is told. */
	go();
	come(UINT32_MAX, UINT16_MAX, NULL);
	fake_outlet_expect(&outlet, "hold");
	session_release(session);
	fake_outlet_expect(&outlet, "release");
	teardown();
}
END_TEST

UNIT_MAIN("session", a_client_that_is_there_expects_what_is_coming,
          qos_is_the_lower_of_message_and_subscription, identifiers_of_all_that_matched_are_told,
          qos_1_ends_with_puback, qos_2_ends_with_pubcomp, receive_maximum_holds_back_all_but_qos_0,
          a_received_qos_2_message_still_counts_until_pubcomp,
          who_does_not_read_loses_qos_0_and_keeps_the_rest,
          what_is_too_large_for_the_client_counts_as_delivered,
          what_was_in_flight_comes_first_and_again_then_what_waited,
          a_small_receive_maximum_holds_for_what_is_sent_again,
          qos_0_waits_for_the_absent_if_the_limit_says_so, what_expires_while_it_waits_is_not_sent,
          a_session_ends_when_its_expiry_interval_is_over,
          a_session_without_expiry_interval_ends_with_its_connection,
          expiry_is_bounded_by_the_limit, a_full_queue_drops_the_newest,
          a_full_queue_drops_the_oldest, a_full_queue_disconnects, a_queue_is_bounded_by_bytes_too,
          no_local_keeps_a_clients_own_words_from_it,
          a_qos_2_message_is_published_once_until_it_is_released,
          more_unreleased_messages_than_allowed_end_the_connection,
          what_a_plugin_denies_is_not_authorized, subscriptions_have_a_limit_but_may_be_renewed,
          a_new_subscription_gets_what_is_retained, retain_as_published_keeps_the_flag,
          retain_handling_says_when_retained_messages_are_sent,
          a_walk_goes_as_fast_as_the_client_reads,
          walks_wait_for_each_other_and_give_what_was_there_when_they_were_asked_for,
          subscribing_again_before_one_has_read_begins_anew_and_once,
          a_walk_of_which_nothing_is_left_holds_up_nobody,
          an_absent_member_of_a_group_leaves_its_turn_to_others,
          who_was_held_twice_is_heard_after_two_releases)
