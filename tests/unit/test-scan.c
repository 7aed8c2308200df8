/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bench/scan.h"
#include "mqtt/encode.h"
#include "unit.h"

static Buf buf;

static Frame
frame_of(void)
{
	Frame frame;

	ck_assert_int_eq(scan_frame(buf_bytes(&buf).data, buf_size(&buf), &frame), SCAN_WHOLE);
	ck_assert_uint_eq(frame.total, buf_size(&buf));
	return frame;
}

static void
encode(uint8_t protocol, uint8_t qos, size_t payload_size)
{
	static const uint8_t payload[300000];

	buf_clear(&buf);
	mqtt_encode_publish(&buf, &(MqttPublishHead){
					  .protocol = protocol,
					  .qos = qos,
					  .packet_id = qos > 0 ? 0x1234 : 0,
					  .expiry_s = protocol == MQTT_V5 ? 77 : VMQ_NO_EXPIRY,
					  .topic = {(const uint8_t *) "a/b", 3},
					  .payload = {payload, payload_size},
				  });
}

START_TEST(a_packet_is_found_only_when_all_of_it_is_there)
{
	static const size_t sizes[] = {0, 1, 100, 125, 200, 16384, 300000};
	Frame               frame;

	for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
		encode(MQTT_V3_1_1, 1, sizes[i]);
		for (size_t n = 0; n < buf_size(&buf); n += 1 + n / 50)
			ck_assert_int_eq(scan_frame(buf_bytes(&buf).data, n, &frame), SCAN_MORE);
		ck_assert_int_eq(scan_frame(buf_bytes(&buf).data, buf_size(&buf) - 1, &frame),
		                 SCAN_MORE);
		frame_of();
		buf_append(&buf, "more", 4);
		ck_assert_int_eq(scan_frame(buf_bytes(&buf).data, buf_size(&buf), &frame),
		                 SCAN_WHOLE);
		ck_assert_uint_eq(frame.total, buf_size(&buf) - 4);
	}
}
END_TEST

START_TEST(a_length_of_five_bytes_is_refused)
{
	static const uint8_t bad[] = {0x30, 0x80, 0x80, 0x80, 0x80, 0x01, 0};
	Frame                frame;

	ck_assert_int_eq(scan_frame(bad, sizeof bad, &frame), SCAN_BAD);
	ck_assert_int_eq(scan_frame(bad, 4, &frame), SCAN_MORE);
}
END_TEST

START_TEST(a_publish_comes_apart)
{
	for (uint8_t protocol = MQTT_V3_1_1; protocol <= MQTT_V5; protocol++) {
		for (uint8_t qos = 0; qos <= 2; qos++) {
			ScanPublish publish;

			encode(protocol, qos, 20);

			Frame frame = frame_of();

			ck_assert_uint_eq(scan_type(&frame), MQTT_PUBLISH);
			ck_assert(scan_publish(&frame, protocol == MQTT_V5, &publish));
			ck_assert_uint_eq(publish.qos, qos);
			ck_assert_uint_eq(publish.packet_id, qos > 0 ? 0x1234 : 0);
			ck_assert_uint_eq(publish.topic_size, 3);
			ck_assert_mem_eq(publish.topic, "a/b", 3);
			ck_assert_uint_eq(publish.payload_size, 20);
			ck_assert_ptr_eq(publish.payload, frame.body + frame.size - 20);
		}
	}
}
END_TEST

START_TEST(a_publish_that_is_cut_anywhere_is_refused_or_has_a_shorter_payload)
{
	for (uint8_t qos = 0; qos <= 1; qos++) {
		encode(MQTT_V5, qos, 4);

		Frame    frame = frame_of();
		uint32_t whole = frame.size;

		for (frame.size = 0; frame.size < whole; frame.size++) {
			ScanPublish publish;
			bool        is_right = scan_publish(&frame, true, &publish);

			ck_assert_int_eq(is_right, frame.size >= whole - 4);
			if (is_right)
				ck_assert_uint_eq(publish.payload_size, frame.size - (whole - 4));
		}
	}
}
END_TEST

START_TEST(an_acknowledgement_has_a_reason_if_one_was_sent)
{
	uint16_t packet_id;
	uint8_t  reason;
	MqttAck  ack = {.packet_id = 0xABCD, .reason = VMQ_REASON_QUOTA_EXCEEDED};

	buf_clear(&buf);
	mqtt_encode_ack(&buf, MQTT_V5, MQTT_PUBACK, &ack);

	Frame frame = frame_of();

	ck_assert(scan_ack(&frame, &packet_id, &reason));
	ck_assert_uint_eq(packet_id, 0xABCD);
	ck_assert_uint_eq(reason, VMQ_REASON_QUOTA_EXCEEDED);

	buf_clear(&buf);
	mqtt_encode_ack(&buf, MQTT_V3_1_1, MQTT_PUBREC, &ack);
	frame = frame_of();
	ck_assert(scan_ack(&frame, &packet_id, &reason));
	ck_assert_uint_eq(packet_id, 0xABCD);
	ck_assert_uint_eq(reason, 0);

	frame.size = 1;
	ck_assert(!scan_ack(&frame, &packet_id, &reason));
	buf_free(&buf);
}
END_TEST

UNIT_MAIN("scan", a_packet_is_found_only_when_all_of_it_is_there, a_length_of_five_bytes_is_refused,
          a_publish_comes_apart, a_publish_that_is_cut_anywhere_is_refused_or_has_a_shorter_payload,
          an_acknowledgement_has_a_reason_if_one_was_sent)
