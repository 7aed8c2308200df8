/* SPDX-License-Identifier: Apache-2.0 */
/* encode_client.c - what only clients say: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ */
#include "mqtt/encode.h"
#include "mqtt/encode_parts.h"

#define FLAGS_TWO 0x02 /* of SUBSCRIBE [MQTT-3.8.1-1] and UNSUBSCRIBE [MQTT-3.10.1-1] */

static uint8_t
connect_flags(const MqttConnect *connect)
{
	unsigned flags = (unsigned) connect->clean_start << 1 | (unsigned) connect->has_will << 2 |
	                 (unsigned) connect->has_password << 6 |
	                 (unsigned) connect->has_username << 7;

	if (connect->has_will)
		flags |= (unsigned) connect->will.qos << 3 | (unsigned) connect->will.retain << 5;
	return (uint8_t) flags;
}

static size_t
connect_payload_size(const MqttConnect *connect)
{
	size_t size = 2 + connect->client_id.size;

	if (connect->has_will)
		size += encode_block_size(connect->level, &connect->will.properties) + 2 +
		        connect->will.topic.size + 2 + connect->will.payload.size;
	if (connect->has_username)
		size += 2 + connect->username.size;
	if (connect->has_password)
		size += 2 + connect->password.size;
	return size;
}

void
mqtt_encode_connect(Buf *out, const MqttConnect *connect)
{
	uint8_t  level = connect->level;
	VmqBytes name = level == MQTT_V3_1 ? (VmqBytes){(const uint8_t *) "MQIsdp", 6}
	                                   : (VmqBytes){(const uint8_t *) "MQTT", 4};

	encode_start(out, MQTT_CONNECT << 4,
	             2 + name.size + 4 + encode_block_size(level, &connect->properties) +
	                     connect_payload_size(connect));
	writer_append_binary(out, name);
	buf_append_u8(out, level);
	buf_append_u8(out, connect_flags(connect));
	buf_append_be16(out, connect->keep_alive_s);
	encode_block(out, level, &connect->properties);
	/* In this order [MQTT-3.1.3-1] */
	writer_append_binary(out, connect->client_id);
	if (connect->has_will) {
		encode_block(out, level, &connect->will.properties);
		writer_append_binary(out, connect->will.topic);
		writer_append_binary(out, connect->will.payload);
	}
	if (connect->has_username)
		writer_append_binary(out, connect->username);
	if (connect->has_password)
		writer_append_binary(out, connect->password);
}

static void
append_filters(Buf *out, uint8_t protocol, MqttType type, const MqttSubscribe *packet)
{
	encode_start(out, type << 4 | FLAGS_TWO,
	             2 + encode_block_size(protocol, &packet->properties) + packet->filters.size);
	buf_append_be16(out, packet->packet_id);
	encode_block(out, protocol, &packet->properties);
	buf_append_bytes(out, packet->filters);
}

void
mqtt_encode_subscribe(Buf *out, uint8_t protocol, const MqttSubscribe *subscribe)
{
	append_filters(out, protocol, MQTT_SUBSCRIBE, subscribe);
}

void
mqtt_encode_unsubscribe(Buf *out, uint8_t protocol, const MqttUnsubscribe *unsubscribe)
{
	append_filters(out, protocol, MQTT_UNSUBSCRIBE, unsubscribe);
}

void
mqtt_encode_pingreq(Buf *out)
{
	encode_start(out, MQTT_PINGREQ << 4, 0);
}

void
mqtt_subscribe_append(Buf *filters, uint8_t protocol, const MqttSubscription *subscription)
{
	unsigned options = subscription->qos;

	if (protocol == MQTT_V5)
		options |= (unsigned) subscription->no_local << 2 |
		           (unsigned) subscription->retain_as_published << 3 |
		           (unsigned) subscription->retain_handling << 4;
	writer_append_binary(filters, subscription->filter);
	buf_append_u8(filters, (uint8_t) options);
}

void
mqtt_unsubscribe_append(Buf *filters, VmqBytes filter)
{
	writer_append_binary(filters, filter);
}
