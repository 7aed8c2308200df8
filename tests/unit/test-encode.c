/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt_text.h"
#include "unit.h"

static VmqBytes
text(const char *string)
{
	return (VmqBytes){(const uint8_t *) string, strlen(string)};
}

static bool
is_equal(VmqBytes a, VmqBytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* `out` holds exactly the packet written in text; empties it. */
static void
expect(Buf *out, const char *packet)
{
	Buf wanted = mqtt_text(packet);

	ck_assert_msg(is_equal(buf_bytes(out), buf_bytes(&wanted)), "%s", packet);
	buf_free(&wanted);
	buf_free(out);
}

START_TEST(acknowledgements_are_as_short_as_they_may_be)
{
	static const struct {
		MqttType    type;
		uint8_t     protocol;
		VmqReason   reason;
		const char *packet;
	} cases[] = {
		{MQTT_PUBACK, 4, VMQ_REASON_SUCCESS, "40 { 1234 }"},
		{MQTT_PUBREC, 4, VMQ_REASON_SUCCESS, "50 { 1234 }"},
		{MQTT_PUBREL, 4, VMQ_REASON_SUCCESS, "62 { 1234 }"},
		{MQTT_PUBCOMP, 3, VMQ_REASON_SUCCESS, "70 { 1234 }"},
		{MQTT_PUBACK, 3, VMQ_REASON_NOT_AUTHORIZED, "40 { 1234 }"},
		{MQTT_PUBACK, 5, VMQ_REASON_SUCCESS, "40 { 1234 }"},
		{MQTT_PUBREL, 5, VMQ_REASON_SUCCESS, "62 { 1234 }"},
		{MQTT_PUBACK, 5, VMQ_REASON_NO_MATCHING_SUBSCRIBERS, "40 { 1234 10 }"},
		{MQTT_PUBCOMP, 5, VMQ_REASON_PACKET_ID_NOT_FOUND, "70 { 1234 92 }"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		Buf     out = {0};
		MqttAck ack = {.packet_id = 0x1234, .reason = cases[i].reason};

		mqtt_encode_ack(&out, cases[i].protocol, cases[i].type, &ack);
		expect(&out, cases[i].packet);
	}
}
END_TEST

START_TEST(an_acknowledgement_with_properties_has_all_of_them)
{
	Buf     out = {0}, block = mqtt_text("1F 'why' 26 'k' 'v'");
	MqttAck ack = {.packet_id = 1, .properties.raw = buf_bytes(&block)};

	mqtt_encode_ack(&out, 5, MQTT_PUBREC, &ack);
	expect(&out, "50 { 0001 00 [ 1F 'why' 26 'k' 'v' ] }");
	mqtt_encode_ack(&out, 4, MQTT_PUBREC, &ack);
	expect(&out, "50 { 0001 }");
	buf_free(&block);
}
END_TEST

START_TEST(connacks_speak_the_clients_dialect)
{
	Buf         out = {0}, block = mqtt_text("21 0014");
	MqttConnack connack = {.session_present = true, .properties.raw = buf_bytes(&block)};

	ck_assert(mqtt_encode_connack(&out, 5, &connack));
	expect(&out, "20 { 01 00 [ 21 0014 ] }");
	ck_assert(mqtt_encode_connack(&out, 4, &connack));
	expect(&out, "20 { 01 00 }");
	ck_assert(mqtt_encode_connack(&out, 3, &connack));
	expect(&out, "20 { 00 00 }");

	/* [MQTT-3.2.2-6], [MQTT-3.2.2-4 of 3.1.1] */
	connack = (MqttConnack){.session_present = true, .reason = VMQ_REASON_NOT_AUTHORIZED};
	ck_assert(mqtt_encode_connack(&out, 5, &connack));
	expect(&out, "20 { 00 87 [ ] }");
	ck_assert(mqtt_encode_connack(&out, 4, &connack));
	expect(&out, "20 { 00 05 }");

	connack.reason = VMQ_REASON_MALFORMED_PACKET;
	ck_assert(!mqtt_encode_connack(&out, 4, &connack)); /* [MQTT-3.2.2-6 of 3.1.1] */
	ck_assert_uint_eq(buf_size(&out), 0);
	buf_free(&block);
}
END_TEST

START_TEST(subacks_speak_the_clients_dialect)
{
	Buf        out = {0}, block = mqtt_text("1F 'why'");
	MqttSuback suback = {.packet_id = 7,
	                     .reasons = text("\x01\x02\x87\x9E"),
	                     .properties.raw = buf_bytes(&block)};

	mqtt_encode_suback(&out, 5, &suback);
	expect(&out, "90 { 0007 [ 1F 'why' ] 01 02 87 9E }");
	mqtt_encode_suback(&out, 4, &suback);
	expect(&out, "90 { 0007 01 02 80 80 }");
	suback.reasons = (VmqBytes){(const uint8_t *) "\x00\x11", 2};
	mqtt_encode_unsuback(&out, 5, &suback);
	expect(&out, "B0 { 0007 [ 1F 'why' ] 00 11 }");
	mqtt_encode_unsuback(&out, 4, &suback);
	expect(&out, "B0 { 0007 }");
	buf_free(&block);
}
END_TEST

START_TEST(the_small_packets_are_small)
{
	Buf out = {0}, block = mqtt_text("15 'm' 16 'data'"), why = mqtt_text("1F 'why'");
	MqttDisconnect disconnect = {.reason = VMQ_REASON_SESSION_TAKEN_OVER};
	MqttAuth       auth = {.reason = VMQ_REASON_CONTINUE_AUTHENTICATION,
	                       .properties.raw = buf_bytes(&block)};

	mqtt_encode_pingresp(&out);
	expect(&out, "D0 00");
	mqtt_encode_pingreq(&out);
	expect(&out, "C0 00");
	mqtt_encode_disconnect(&out, 5, &disconnect);
	expect(&out, "E0 { 8E }");
	mqtt_encode_disconnect(&out, 4, &disconnect);
	expect(&out, "E0 00");
	disconnect.properties.raw = buf_bytes(&why);
	mqtt_encode_disconnect(&out, 5, &disconnect);
	expect(&out, "E0 { 8E [ 1F 'why' ] }");
	mqtt_encode_disconnect(&out, 5, &(MqttDisconnect){0});
	expect(&out, "E0 00");
	mqtt_encode_auth(&out, &auth);
	expect(&out, "F0 { 18 [ 15 'm' 16 'data' ] }");
	mqtt_encode_auth(&out, &(MqttAuth){0});
	expect(&out, "F0 00");
	buf_free(&block);
	buf_free(&why);
}
END_TEST

START_TEST(a_publish_has_what_its_dialect_knows)
{
	uint32_t        ids[] = {1, 128, 268435455};
	Buf             out = {0}, block = mqtt_text("01 01 26 'k' 'v'");
	MqttPublishHead head = {
		.protocol = 5,
		.qos = 2,
		.retain = true,
		.dup = true,
		.packet_id = 0x1234,
		.topic = text("a/b"),
		.payload = text("hello"),
		.properties = buf_bytes(&block),
		.expiry_s = 60,
		.topic_alias = 9,
		.ids = ids,
		.n_ids = 3,
	};

	mqtt_encode_publish(&out, &head);
	expect(&out, "3D { 'a/b' 1234 [ 02 0000003C 23 0009 0B 01 0B 8001 0B FFFFFF7F 01 01 26 "
	             "'k' 'v' ] \"hello\" }");
	head.protocol = 4;
	mqtt_encode_publish(&out, &head);
	expect(&out, "3D { 'a/b' 1234 \"hello\" }");
	head = (MqttPublishHead){.protocol = 4, .topic = text("t"), .expiry_s = VMQ_NO_EXPIRY};
	mqtt_encode_publish(&out, &head);
	expect(&out, "30 { 't' }");
	head = (MqttPublishHead){.protocol = 5, .topic_alias = 1, .expiry_s = VMQ_NO_EXPIRY};
	mqtt_encode_publish(&out, &head);
	expect(&out, "30 { '' [ 23 0001 ] }");
	head = (MqttPublishHead){.protocol = 5, .topic = text("t"), .expiry_s = 0};
	mqtt_encode_publish(&out, &head);
	expect(&out, "30 { 't' [ 02 00000000 ] }");
	buf_free(&block);
}
END_TEST

/* Around every size at which a length takes one more byte. */
START_TEST(a_publish_is_as_long_as_was_said_before)
{
	static const size_t around[] = {0, 121, 16377, 2097145};
	g_autofree uint8_t *payload = g_malloc0(2097145 + 20);

	for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
		for (size_t more = 0; more < 12; more++) {
			for (uint8_t protocol = 3; protocol <= 5; protocol++) {
				Buf             out = {0}, head_only = {0};
				MqttPublishHead head = {.protocol = protocol,
				                        .topic = text("a"),
				                        .qos = 1,
				                        .packet_id = 1,
				                        .expiry_s = VMQ_NO_EXPIRY,
				                        .payload = {payload, around[i] + more}};
				MqttPacket      packet;
				size_t          used;
				VmqReason       reason;

				mqtt_encode_publish(&out, &head);
				mqtt_encode_publish_head(&head_only, &head);
				ck_assert_uint_eq(buf_size(&out), mqtt_publish_size(&head));
				ck_assert_uint_eq(buf_size(&head_only) + head.payload.size,
				                  buf_size(&out));
				ck_assert_mem_eq(buf_bytes(&out).data, buf_bytes(&head_only).data,
				                 buf_size(&head_only));
				ck_assert_int_eq(mqtt_decode(buf_bytes(&out), protocol, 0, &packet,
				                             &used, &reason),
				                 MQTT_DECODED);
				ck_assert_uint_eq(packet.publish.payload.size, head.payload.size);
				buf_free(&out);
				buf_free(&head_only);
			}
		}
	}
}
END_TEST

/* Larger than can be sent at all, and still told apart by its size. */
START_TEST(the_size_of_a_publish_that_cannot_be_is_larger_than_any)
{
	MqttPublishHead head = {.protocol = 5,
	                        .topic = text("a"),
	                        .expiry_s = VMQ_NO_EXPIRY,
	                        .payload = {NULL, MQTT_MAX_REMAINING}};

	ck_assert_uint_gt(mqtt_publish_size(&head), (size_t) MQTT_MAX_REMAINING + 5);
}
END_TEST

static void
encode_again(Buf *out, uint8_t protocol, const MqttPacket *packet)
{
	const MqttPublish *publish = &packet->publish;

	switch (packet->type) {
	case MQTT_CONNECT:
		mqtt_encode_connect(out, &packet->connect);
		break;
	case MQTT_CONNACK:
		ck_assert(mqtt_encode_connack(out, protocol, &packet->connack));
		break;
	case MQTT_PUBLISH:
		mqtt_encode_publish(out, &(MqttPublishHead){.protocol = protocol,
		                                            .qos = publish->qos,
		                                            .retain = publish->retain,
		                                            .dup = publish->dup,
		                                            .packet_id = publish->packet_id,
		                                            .topic = publish->topic,
		                                            .payload = publish->payload,
		                                            .properties = publish->properties.raw,
		                                            .expiry_s = VMQ_NO_EXPIRY});
		break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		mqtt_encode_ack(out, protocol, packet->type, &packet->ack);
		break;
	case MQTT_SUBSCRIBE:
		mqtt_encode_subscribe(out, protocol, &packet->subscribe);
		break;
	case MQTT_SUBACK:
		mqtt_encode_suback(out, protocol, &packet->suback);
		break;
	case MQTT_UNSUBSCRIBE:
		mqtt_encode_unsubscribe(out, protocol, &packet->unsubscribe);
		break;
	case MQTT_UNSUBACK:
		mqtt_encode_unsuback(out, protocol, &packet->suback);
		break;
	case MQTT_PINGREQ:
		mqtt_encode_pingreq(out);
		break;
	case MQTT_PINGRESP:
		mqtt_encode_pingresp(out);
		break;
	case MQTT_DISCONNECT:
		mqtt_encode_disconnect(out, protocol, &packet->disconnect);
		break;
	case MQTT_AUTH:
		mqtt_encode_auth(out, &packet->auth);
		break;
	}
}

START_TEST(what_was_decoded_is_encoded_to_the_same_bytes)
{
	static const struct {
		const char *packet;
		uint8_t     protocol;
	} cases[] = {
		{"10 { 'MQTT' 04 02 003C 'id' }", 4},
		{"10 { 'MQTT' 04 F6 003C 'id' 'will' 'bye' 'user' 'word' }", 4},
		{"10 { 'MQIsdp' 03 C0 000A 'id' 'user' 'word' }", 3},
		{"10 { 'MQTT' 05 00 0000 [ ] '' }", 5},
		{"10 { 'MQTT' 05 6E FFFF [ 21 0001 ] 'id' [ 18 00000005 ] 'w' 'bye' 'word' }", 5},
		{"20 { 01 00 }", 4},
		{"20 { 00 04 }", 4},
		{"20 { 00 87 [ 1F 'no' ] }", 5},
		{"30 { 'a/b' \"hello\" }", 4},
		{"3B { 'a/b' 0001 [ 01 01 03 'c' ] \"hello\" }", 5},
		{"40 { 0001 }", 4},
		{"40 { 0001 10 }", 5},
		{"50 { 0001 87 [ 1F 'no' ] }", 5},
		{"62 { 0001 92 [ 1F 'no' ] }", 5},
		{"70 { 0001 }", 5},
		{"82 { 0001 'a/b' 01 'c' 02 }", 4},
		{"82 { 0001 [ 0B 05 ] '$share/g/b' 29 'c' 06 }", 5},
		{"90 { 0001 00 80 }", 4},
		{"90 { 0001 [ ] 00 87 }", 5},
		{"A2 { 0001 'a/b' 'c' }", 4},
		{"A2 { 0001 [ 26 'k' 'v' ] 'a/b' }", 5},
		{"B0 { 0001 }", 4},
		{"B0 { 0001 [ ] 00 11 }", 5},
		{"C0 00", 4},
		{"D0 00", 4},
		{"E0 00", 4},
		{"E0 { 98 [ 1F 'no' ] }", 5},
		{"F0 { 18 [ 15 'm' ] }", 5},
	};
	unsigned seen = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		VmqBytes         in = mqtt_text_exact(cases[i].packet);
		uint8_t          protocol = cases[i].protocol;
		MqttPacket       packet;
		size_t           used;
		VmqReason        reason;
		MqttDecodeStatus status = mqtt_decode(in, protocol, 0, &packet, &used, &reason);
		Buf              out = {0};

		if (status == MQTT_BAD)
			status = mqtt_decode_from_server(in, protocol, 0, &packet, &used, &reason);
		ck_assert_msg(status == MQTT_DECODED, "%s", cases[i].packet);
		encode_again(&out, protocol, &packet);
		expect(&out, cases[i].packet);
		seen |= 1u << packet.type;
		mqtt_text_free(in);
	}
	ck_assert_uint_eq(seen, 0xFFFE); /* every type */
}
END_TEST

START_TEST(filters_are_appended_as_they_are_walked)
{
	Buf              filters = {0}, out = {0};
	MqttSubscription s = {.filter = text("a/+"),
	                      .qos = 2,
	                      .retain_handling = 1,
	                      .no_local = true,
	                      .retain_as_published = true};

	mqtt_subscribe_append(&filters, 5, &s);
	mqtt_subscribe_append(&filters, 4, &s);
	mqtt_encode_subscribe(&out, 4,
	                      &(MqttSubscribe){.packet_id = 5, .filters = buf_bytes(&filters)});
	expect(&out, "82 { 0005 'a/+' 1E 'a/+' 02 }");
	buf_clear(&filters);
	mqtt_unsubscribe_append(&filters, text("a/+"));
	mqtt_unsubscribe_append(&filters, text("b"));
	mqtt_encode_unsubscribe(&out, 5,
	                        &(MqttUnsubscribe){.packet_id = 5, .filters = buf_bytes(&filters)});
	expect(&out, "A2 { 0005 [ ] 'a/+' 'b' }");
	buf_free(&filters);
}
END_TEST

START_TEST(packets_are_appended_one_after_the_other)
{
	Buf out = {0};

	mqtt_encode_pingresp(&out);
	mqtt_encode_ack(&out, 4, MQTT_PUBACK, &(MqttAck){.packet_id = 1});
	mqtt_encode_publish(&out, &(MqttPublishHead){.protocol = 4,
	                                             .topic = text("t"),
	                                             .payload = text("x"),
	                                             .expiry_s = VMQ_NO_EXPIRY});
	expect(&out, "D0 00 40 { 0001 } 30 { 't' \"x\" }");
}
END_TEST

UNIT_MAIN("encode", acknowledgements_are_as_short_as_they_may_be,
          an_acknowledgement_with_properties_has_all_of_them, connacks_speak_the_clients_dialect,
          subacks_speak_the_clients_dialect, the_small_packets_are_small,
          a_publish_has_what_its_dialect_knows, a_publish_is_as_long_as_was_said_before,
          the_size_of_a_publish_that_cannot_be_is_larger_than_any,
          what_was_decoded_is_encoded_to_the_same_bytes, filters_are_appended_as_they_are_walked,
          packets_are_appended_one_after_the_other)
