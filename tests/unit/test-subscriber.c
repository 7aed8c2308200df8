/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/crowd.h"
#include "bench/subscriber.h"
#include "mqtt/encode.h"
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

static Plan  plan;
static Run   run;
static Loop *loop;

/* Two publishers and two subscribers of topic 0, one of each of topic 1; nobody is connected. */
static void
begin(uint8_t qos)
{
	static Endpoint nowhere;

	plan = (Plan){
		.scenario = SCENARIO_FAN_OUT,
		.publish_to = {&nowhere, 1},
		.subscribe_at = {&nowhere, 1},
		.protocol = MQTT_V3_1_1,
		.qos = qos,
		.n_publishers = 3,
		.n_subscribers = 3,
		.n_topics = 2,
		.n_threads = 1,
		.payload_size = 32,
	};
	run_init(&run, &plan);
	crowd_make_subscribers(&run);
	crowd_make_publishers(&run);
	loop = &run.loops[0];
}

static void
finish(void)
{
	ck_assert_ptr_null(run.failure);
	run_clear(&run);
}

/* What a broker would send of a publisher's message. */
static Buf
message(uint8_t qos, unsigned publisher, uint64_t seq)
{
	Buf              buf = {0};
	uint8_t          payload[32];
	unsigned         topic = publisher % 2;
	PayloadHead      head = {seq, publisher, false, 1};
	const Catalogue *catalogue = &run.catalogue;

	payload_write(payload, &run.pattern, &head);
	mqtt_encode_publish(&buf,
	                    &(MqttPublishHead){
				    .protocol = MQTT_V3_1_1,
				    .qos = qos,
				    .packet_id = qos > 0 ? 7 : 0,
				    .expiry_s = VMQ_NO_EXPIRY,
				    .topic = {(const uint8_t *) catalogue_name(catalogue, topic),
	                                      catalogue->name_size},
				    .payload = {payload, sizeof payload},
			    });
	return buf;
}

static void
take(unsigned subscriber, Buf *buf)
{
	Frame frame;

	ck_assert_int_eq(scan_frame(buf_bytes(buf).data, buf_size(buf), &frame), SCAN_WHOLE);
	subscriber_on_publish(&run.subscribers[subscriber], &frame, 2);
	buf_free(buf);
}

static void
deliver(unsigned subscriber, unsigned publisher, uint64_t seq)
{
	Buf buf = message(0, publisher, seq);

	take(subscriber, &buf);
}

START_TEST(what_is_right_is_received)
{
	begin(0);
	deliver(0, 0, 0);
	deliver(0, 2, 0);
	deliver(2, 0, 0);
	deliver(1, 1, 0);
	deliver(0, 0, 1);
	ck_assert_uint_eq(loop->tally.received, 5);
	ck_assert_uint_eq(loop->tally.duplicates + loop->tally.late + loop->tally.damaged, 0);
	ck_assert_uint_eq(crowd_count_lost(&run), 0);
	finish();
}
END_TEST

START_TEST(what_is_lost_is_counted_at_every_subscriber)
{
	begin(0);
	run.publishers[0].seq = 10; /* to subscribers 0 and 2 */
	for (unsigned seq = 0; seq < 10; seq++) {
		if (seq != 4)
			deliver(0, 0, seq);
		if (seq < 8)
			deliver(2, 0, seq);
	}
	ck_assert_uint_eq(loop->tally.received, 9 + 8);
	ck_assert_uint_eq(crowd_count_lost(&run), 1 + 2);
	finish();
}
END_TEST

START_TEST(duplicates_and_late_ones_are_told_apart)
{
	begin(0);
	deliver(0, 0, 0);
	deliver(0, 0, 3);
	deliver(0, 0, 2);
	deliver(0, 0, 2);
	deliver(0, 0, 1);
	deliver(0, 0, 0);
	ck_assert_uint_eq(loop->tally.received, 4);
	ck_assert_uint_eq(loop->tally.late, 2);
	ck_assert_uint_eq(loop->tally.duplicates, 2);
	finish();
}
END_TEST

START_TEST(a_changed_payload_is_damaged)
{
	begin(0);
	for (unsigned i = 0; i < 3; i++) {
		Buf buf = message(0, 0, i);

		if (i != 1)
			buf.data[buf.end - 1 - i] ^= 0x10;
		take(0, &buf);
	}
	ck_assert_uint_eq(loop->tally.damaged, 2);
	ck_assert_uint_eq(loop->tally.received, 1);
	finish();
}
END_TEST

START_TEST(a_message_at_the_wrong_subscriber_is_damaged)
{
	begin(0);
	deliver(1, 0, 0);
	deliver(0, 1, 0);
	ck_assert_uint_eq(loop->tally.damaged, 2);
	ck_assert_uint_eq(loop->tally.received, 0);
	finish();
}
END_TEST

START_TEST(a_message_under_the_wrong_topic_is_damaged)
{
	begin(0);

	Buf buf = message(0, 0, 0);

	buf.data[2 + 2 + run.catalogue.name_size - 1]++;
	take(0, &buf);
	ck_assert_uint_eq(loop->tally.damaged, 1);
	finish();
}
END_TEST

START_TEST(a_message_of_nobody_is_damaged)
{
	begin(0);
	run.n_publishers = 2;
	deliver(0, 2, 0);
	run.n_publishers = 3;
	ck_assert_uint_eq(loop->tally.damaged, 1);
	finish();
}
END_TEST

START_TEST(all_are_acknowledged_even_what_is_damaged)
{
	begin(1);

	Buf first = message(1, 0, 0), second = message(2, 0, 1);

	first.data[first.end - 1] ^= 1;
	take(0, &first);
	take(0, &second);
	ck_assert_uint_eq(buf_size(&loop->out), 8);
	ck_assert_mem_eq(buf_bytes(&loop->out).data, "\x40\x02\x00\x07\x50\x02\x00\x07", 8);
	finish();
}
END_TEST

START_TEST(places_are_free_again_when_all_have_it_or_were_passed_by)
{
	begin(0);

	Publisher *publisher = &run.publishers[0]; /* of two subscribers */
	int        pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);

	plan.window = 4;
	publisher_clear(publisher);
	publisher_init(publisher, &run, 0);
	publisher->client.fd = pair[0];
	publisher->client.loop = loop;
	publisher->client.state = CLIENT_READY;
	publisher->client.is_full = false;
	crowd_start_publishing(&run);
	publisher_go(publisher);
	ck_assert_uint_eq(publisher->seq, 4);
	ck_assert_uint_eq(publisher->in_flight, 4);
	deliver(0, 0, 0);
	ck_assert_uint_eq(publisher->in_flight, 4);
	deliver(2, 0, 0);
	ck_assert_uint_eq(publisher->in_flight, 3);
	deliver(0, 0, 2);
	deliver(2, 0, 2);
	ck_assert_uint_eq(publisher->in_flight, 1);
	close(pair[1]);
	finish();
}
END_TEST

UNIT_MAIN("subscriber", what_is_right_is_received, what_is_lost_is_counted_at_every_subscriber,
          duplicates_and_late_ones_are_told_apart, a_changed_payload_is_damaged,
          a_message_at_the_wrong_subscriber_is_damaged, a_message_under_the_wrong_topic_is_damaged,
          a_message_of_nobody_is_damaged, all_are_acknowledged_even_what_is_damaged,
          places_are_free_again_when_all_have_it_or_were_passed_by)
