/* SPDX-License-Identifier: Apache-2.0 */
/* micro_mqtt.c - bytes to packets and back */
#include "micro.h"

#include "mqtt/decode.h"
#include "mqtt/encode.h"

#define MAX_PACKET_SIZE (1024 * 1024)
#define N_FILTERS 4

/* ---- PUBLISH ---- */

static MqttPublishHead
publish_head(uint8_t protocol)
{
	return (MqttPublishHead){.protocol = protocol,
	                         .qos = 1,
	                         .packet_id = 7,
	                         .topic = bytes(MICRO_TOPIC),
	                         .payload = {micro_payload, sizeof(micro_payload)},
	                         .expiry_s = VMQ_NO_EXPIRY};
}

static uint64_t
decode_publish(uint8_t protocol, unsigned n)
{
	MqttPublishHead head = publish_head(protocol);
	MqttPacket      packet;
	VmqReason       reason;
	Buf             buf = {0};
	size_t          used;
	uint64_t        results = 0;

	mqtt_encode_publish(&buf, &head);
	for (unsigned i = 0; i < n; i++) {
		micro_touch(buf.data);
		if (mqtt_decode(buf_bytes(&buf), protocol, MAX_PACKET_SIZE, &packet, &used,
		                &reason) == MQTT_DECODED &&
		    packet.type == MQTT_PUBLISH)
			results += packet.publish.payload.size;
	}
	buf_free(&buf);
	return results;
}

static uint64_t
decode_publish_3(unsigned n)
{
	return decode_publish(MQTT_V3_1_1, n);
}

static uint64_t
decode_publish_5(unsigned n)
{
	return decode_publish(MQTT_V5, n);
}

static uint64_t
encode(const MqttPublishHead *head, unsigned n)
{
	size_t   size = mqtt_publish_size(head);
	Buf      buf = {0};
	uint64_t results = 0;

	for (unsigned i = 0; i < n; i++) {
		micro_touch(head);
		mqtt_encode_publish(&buf, head);
		results += buf_size(&buf) == size;
		buf_clear(&buf);
	}
	buf_free(&buf);
	return results;
}

static uint64_t
encode_publish_3(unsigned n)
{
	MqttPublishHead head = publish_head(MQTT_V3_1_1);

	return encode(&head, n);
}

static uint64_t
encode_publish_5(unsigned n)
{
	static const uint32_t ids[] = {42};
	MqttPublishHead       head = publish_head(MQTT_V5);
	Buf                   properties = {0};
	uint64_t              results;

	mqtt_property_append_string(&properties, MQTT_PROP_CONTENT_TYPE, bytes("text/plain"));
	head.properties = buf_bytes(&properties);
	head.expiry_s = 3600;
	head.ids = ids;
	head.n_ids = G_N_ELEMENTS(ids);
	results = encode(&head, n);
	buf_free(&properties);
	return results;
}

/* As it goes to nearly all subscribers. */
static uint64_t
encode_fields(unsigned n)
{
	VmqDraft draft = micro_draft(0);
	g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);
	size_t   size = 2 + msg_topic_field(msg).size + msg_payload(msg).size;
	Buf      buf = {0};
	uint64_t results = 0;

	for (unsigned i = 0; i < n; i++) {
		micro_touch(msg);
		mqtt_encode_publish_fields(&buf, 0, msg_topic_field(msg), 0, msg_payload(msg));
		results += buf_size(&buf) == size;
		buf_clear(&buf);
	}
	buf_free(&buf);
	return results;
}

/* ---- SUBSCRIBE ---- */

static void
put_subscribe(Buf *out)
{
	static const char *const filters[N_FILTERS] = {MICRO_TOPIC, "site/+/line/42/#",
	                                               "$share/us/site/#", "#"};
	Buf                      block = {0};
	MqttSubscribe            subscribe = {.packet_id = 7, .n_filters = N_FILTERS};

	for (unsigned i = 0; i < N_FILTERS; i++) {
		MqttSubscription subscription = {.filter = bytes(filters[i]), .qos = 1};

		mqtt_subscribe_append(&block, MQTT_V5, &subscription);
	}
	subscribe.filters = buf_bytes(&block);
	mqtt_encode_subscribe(out, MQTT_V5, &subscribe);
	buf_free(&block);
}

static uint64_t
decode_subscribe(unsigned n)
{
	MqttPacket       packet;
	MqttSubscription subscription;
	VmqReason        reason;
	Buf              buf = {0};
	size_t           used;
	uint64_t         results = 0;

	put_subscribe(&buf);
	for (unsigned i = 0; i < n; i++) {
		micro_touch(buf.data);
		if (mqtt_decode(buf_bytes(&buf), MQTT_V5, MAX_PACKET_SIZE, &packet, &used,
		                &reason) != MQTT_DECODED)
			continue;
		for (VmqBytes rest = packet.subscribe.filters;
		     mqtt_subscribe_next(&rest, MQTT_V5, &subscription);)
			results += subscription.qos;
	}
	buf_free(&buf);
	return results;
}

const Micro micro_mqtt[] = {
	{"decode-publish-3", decode_publish_3, MICRO_PAYLOAD_BYTES, 10000,
         "PUBLISH of MQTT 3.1.1, 64 bytes, QoS 1"},
	{"decode-publish-5", decode_publish_5, MICRO_PAYLOAD_BYTES, 10000, "the same of MQTT 5"},
	{"decode-subscribe", decode_subscribe, N_FILTERS, 10000,
         "SUBSCRIBE of MQTT 5 with four filters"},
	{"encode-publish-3", encode_publish_3, 1, 10000, "PUBLISH of MQTT 3.1.1, 64 bytes, QoS 1"},
	{"encode-publish-5", encode_publish_5, 1, 10000,
         "the same of MQTT 5 with three properties"},
	{"encode-fields", encode_fields, 1, 10000, "PUBLISH of QoS 0 from a frozen message"},
	{NULL},
};
