/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-mqtt.c - packets one after the other, as a connection would read them
 *
 * The first byte is the protocol level to start with (0: a CONNECT tells), its high bit says that
 * a server speaks. What is decoded must lie inside the input, and must come back as the same
 * packet when it is encoded and decoded again.
 */
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt/topic.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
	bool    from_server;
	uint8_t protocol;
} Talk;

static MqttDecodeStatus
decode(const Talk *talk, VmqBytes in, MqttPacket *packet, size_t *used)
{
	VmqReason        reason = VMQ_REASON_SUCCESS;
	MqttDecodeStatus status =
		talk->from_server
			? mqtt_decode_from_server(in, talk->protocol, 0, packet, used, &reason)
			: mqtt_decode(in, talk->protocol, 0, packet, used, &reason);

	g_assert(status != MQTT_BAD || vmq_reason_is_failure(reason));
	return status;
}

static void
check_inside(VmqBytes part, VmqBytes whole)
{
	g_assert(part.size == 0 ||
	         (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void
check_properties(const MqttProperties *properties, VmqBytes in)
{
	VmqBytes     rest = properties->raw;
	MqttProperty property;
	uint64_t     seen = 0;

	check_inside(properties->raw, in);
	while (mqtt_property_next(&rest, &property)) {
		check_inside(property.name, in);
		check_inside(property.value, in);
		seen |= MQTT_PROP_BIT(property.id);
	}
	g_assert(rest.size == 0 && seen == properties->present);
}

static void
check_publish(const Talk *talk, const MqttPublish *publish, VmqBytes in)
{
	Buf             scratch = {0}, out = {0};
	MqttPacket      again;
	size_t          used;
	MqttPublishHead head = {
		.protocol = talk->protocol,
		.qos = publish->qos,
		.retain = publish->retain,
		.dup = publish->dup,
		.packet_id = publish->packet_id,
		.topic = publish->topic,
		.topic_alias = mqtt_has(&publish->properties, MQTT_PROP_TOPIC_ALIAS)
	                               ? publish->properties.topic_alias
	                               : 0,
		.payload = publish->payload,
		.properties = mqtt_properties_forwardable(publish->properties.raw, &scratch),
		.expiry_s = mqtt_has(&publish->properties, MQTT_PROP_MESSAGE_EXPIRY)
	                            ? publish->properties.expiry_s
	                            : VMQ_NO_EXPIRY,
	};

	check_inside(publish->topic, in);
	check_inside(publish->payload, in);
	check_properties(&publish->properties, in);
	mqtt_encode_publish(&out, &head);
	g_assert(buf_size(&out) == mqtt_publish_size(&head));
	g_assert(decode(talk, buf_bytes(&out), &again, &used) == MQTT_DECODED);
	g_assert(used == buf_size(&out) && again.type == MQTT_PUBLISH);
	g_assert(again.publish.payload.size == publish->payload.size);
	buf_free(&scratch);
	buf_free(&out);
}

static void
check_connect(const MqttConnect *connect, VmqBytes in)
{
	Buf        out = {0};
	MqttPacket again;
	size_t     used;
	Talk       talk = {false, connect->level};

	check_inside(connect->client_id, in);
	check_properties(&connect->properties, in);
	if (connect->has_will) {
		g_assert(mqtt_topic_is_valid(connect->will.topic));
		check_inside(connect->will.payload, in);
		check_properties(&connect->will.properties, in);
	}
	mqtt_encode_connect(&out, connect);
	g_assert(decode(&talk, buf_bytes(&out), &again, &used) == MQTT_DECODED);
	buf_free(&out);
}

static void
check_filters(const MqttPacket *packet, const Talk *talk, VmqBytes in)
{
	VmqBytes         rest = packet->subscribe.filters;
	MqttSubscription subscription = {0};
	unsigned         n = 0;

	check_properties(&packet->subscribe.properties, in);
	while (packet->type == MQTT_SUBSCRIBE
	               ? mqtt_subscribe_next(&rest, talk->protocol, &subscription)
	               : mqtt_unsubscribe_next(&rest, &subscription.filter)) {
		check_inside(subscription.filter, in);
		g_assert(mqtt_filter_is_valid(subscription.filter));
		g_assert(subscription.qos <= 2 && subscription.retain_handling <= 2);
		n++;
	}
	g_assert(n > 0 && n == packet->subscribe.n_filters && rest.size == 0);
}

static void
check_packet(const MqttPacket *packet, Talk *talk, VmqBytes in)
{
	switch (packet->type) {
	case MQTT_CONNECT:
		check_connect(&packet->connect, in);
		talk->protocol = packet->connect.level;
		break;
	case MQTT_CONNACK:
		check_properties(&packet->connack.properties, in);
		break;
	case MQTT_PUBLISH:
		check_publish(talk, &packet->publish, in);
		break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		check_properties(&packet->ack.properties, in);
		break;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		check_filters(packet, talk, in);
		break;
	case MQTT_SUBACK:
	case MQTT_UNSUBACK:
		check_inside(packet->suback.reasons, in);
		check_properties(&packet->suback.properties, in);
		break;
	case MQTT_PINGREQ:
	case MQTT_PINGRESP:
		break;
	case MQTT_DISCONNECT:
		check_properties(&packet->disconnect.properties, in);
		break;
	case MQTT_AUTH:
		check_properties(&packet->auth.properties, in);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t levels[] = {0, MQTT_V3_1, MQTT_V3_1_1, MQTT_V5};

	if (size == 0)
		return 0;

	Talk       talk = {(data[0] & 0x80) != 0, levels[data[0] & 3]};
	VmqBytes   in = {data + 1, size - 1};
	MqttPacket packet;
	size_t     used = 0;

	if (talk.from_server && talk.protocol == 0)
		return 0;
	for (MqttDecodeStatus status; (status = decode(&talk, in, &packet, &used)) != MQTT_BAD;) {
		g_assert(used > 0);
		if (status == MQTT_NEED_MORE)
			break;
		g_assert(used <= in.size);
		check_packet(&packet, &talk, in);
		in.data += used;
		in.size -= used;
	}
	return 0;
}
