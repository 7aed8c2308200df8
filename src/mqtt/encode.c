/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c - packets into bytes: PUBLISH, its acknowledgements, and what servers say */
#include "mqtt/encode.h"

#include "mqtt/encode_parts.h"
#include "mqtt/reason.h"

#define FLAGS_TWO 0x02 /* of PUBREL [MQTT-3.6.1-1] */

/* The block of a PUBLISH without its length; 0 before MQTT 5. */
static size_t
publish_block_size(const MqttPublishHead *head)
{
	size_t size = head->properties.size;

	if (head->protocol < MQTT_V5)
		return 0;
	if (head->expiry_s != VMQ_NO_EXPIRY)
		size += 5;
	if (head->topic_alias != 0)
		size += 3;
	for (unsigned i = 0; i < head->n_ids; i++)
		size += 1 + writer_varint_size(head->ids[i]);
	return size;
}

static size_t
publish_remaining(const MqttPublishHead *head, size_t block)
{
	size_t size = 2 + head->topic.size + (head->qos > 0 ? 2 : 0) + head->payload.size;

	if (head->protocol == MQTT_V5)
		size += writer_varint_size((uint32_t) block) + block;
	return size;
}

size_t
mqtt_publish_size(const MqttPublishHead *head)
{
	size_t remaining = publish_remaining(head, publish_block_size(head));

	return 1 + writer_varint_size((uint32_t) MIN(remaining, MQTT_MAX_REMAINING)) + remaining;
}

static uint8_t *
put_publish_properties(uint8_t *at, const MqttPublishHead *head, size_t block)
{
	at = writer_put_varint(at, (uint32_t) block);
	if (head->expiry_s != VMQ_NO_EXPIRY) {
		*at++ = MQTT_PROP_MESSAGE_EXPIRY;
		at = writer_put_be32(at, head->expiry_s); /* what is left of it [MQTT-3.3.2-6] */
	}
	if (head->topic_alias != 0) {
		*at++ = MQTT_PROP_TOPIC_ALIAS;
		at = writer_put_be16(at, head->topic_alias);
	}
	for (unsigned i = 0; i < head->n_ids; i++) { /* [MQTT-3.3.4-3] */
		*at++ = MQTT_PROP_SUBSCRIPTION_ID;
		at = writer_put_varint(at, head->ids[i]);
	}
	/* Unaltered and in their order [MQTT-3.3.2-4], [MQTT-3.3.2-17], [MQTT-3.3.2-18] */
	return writer_put_bytes(at, head->properties);
}

/* Room for `more` bytes past the head, too. */
static void
append_publish_head(Buf *out, const MqttPublishHead *head, size_t more)
{
	size_t   block = publish_block_size(head);
	size_t   remaining = publish_remaining(head, block);
	size_t   most = 1 + WRITER_VARINT_MOST + remaining - head->payload.size + more;
	uint8_t *start = buf_reserve(out, most), *at = start;

	g_assert(remaining <= MQTT_MAX_REMAINING && head->topic.size <= MQTT_MAX_STRING);
	*at++ = (uint8_t) (MQTT_PUBLISH << 4 | head->dup << 3 | head->qos << 1 | head->retain);
	at = writer_put_varint(at, (uint32_t) remaining);
	at = writer_put_be16(at, (uint16_t) head->topic.size);
	at = writer_put_bytes(at, head->topic);
	if (head->qos > 0) /* [MQTT-2.2.1-2] */
		at = writer_put_be16(at, head->packet_id);
	if (head->protocol == MQTT_V5)
		at = put_publish_properties(at, head, block);
	buf_added(out, (size_t) (at - start));
}

void
mqtt_encode_publish_head(Buf *out, const MqttPublishHead *head)
{
	append_publish_head(out, head, 0);
}

void
mqtt_encode_publish(Buf *out, const MqttPublishHead *head)
{
	append_publish_head(out, head, head->payload.size);
	buf_append_bytes(out, head->payload);
}

void
mqtt_encode_publish_fields(Buf *out, unsigned flags, VmqBytes topic, uint16_t packet_id, VmqBytes rest)
{
	size_t   remaining = topic.size + (packet_id != 0 ? 2 : 0) + rest.size;
	uint8_t *start = buf_reserve(out, 1 + WRITER_VARINT_MOST + remaining), *at = start;

	*at++ = (uint8_t) (MQTT_PUBLISH << 4 | flags);
	at = writer_put_varint(at, (uint32_t) remaining);
	at = writer_put_bytes(at, topic);
	if (packet_id != 0) /* [MQTT-2.2.1-2] */
		at = writer_put_be16(at, packet_id);
	at = writer_put_bytes(at, rest);
	buf_added(out, (size_t) (at - start));
}

bool
mqtt_encode_connack(Buf *out, uint8_t protocol, const MqttConnack *connack)
{
	int  code = protocol == MQTT_V5 ? (int) connack->reason
	                                : mqtt_reason_to_return_code(connack->reason);
	/* MQTT 3.1 has no such flag, and with a failure it is not set [MQTT-3.2.2-6]. */
	bool is_present = connack->session_present && protocol > MQTT_V3_1 && code == 0;

	if (code < 0)
		return false;
	encode_start(out, MQTT_CONNACK << 4, 2 + encode_block_size(protocol, &connack->properties));
	buf_append_u8(out, is_present);
	buf_append_u8(out, (uint8_t) code);
	encode_block(out, protocol, &connack->properties);
	return true;
}

void
mqtt_encode_suback(Buf *out, uint8_t protocol, const MqttSuback *suback)
{
	VmqBytes reasons = suback->reasons;

	encode_start(out, MQTT_SUBACK << 4,
	             2 + encode_block_size(protocol, &suback->properties) + reasons.size);
	buf_append_be16(out, suback->packet_id);
	encode_block(out, protocol, &suback->properties);
	if (protocol == MQTT_V5)
		buf_append_bytes(out, reasons);
	else
		for (size_t i = 0; i < reasons.size; i++)
			buf_append_u8(out, mqtt_reason_to_suback_code(reasons.data[i]));
}

void
mqtt_encode_unsuback(Buf *out, uint8_t protocol, const MqttSuback *unsuback)
{
	/* In MQTT 3 it has no payload (3.11.3 there). */
	VmqBytes reasons = protocol == MQTT_V5 ? unsuback->reasons : (VmqBytes){0};

	encode_start(out, MQTT_UNSUBACK << 4,
	             2 + encode_block_size(protocol, &unsuback->properties) + reasons.size);
	buf_append_be16(out, unsuback->packet_id);
	encode_block(out, protocol, &unsuback->properties);
	buf_append_bytes(out, reasons);
}

void
mqtt_encode_pingresp(Buf *out)
{
	encode_start(out, MQTT_PINGRESP << 4, 0);
}

/* How much of "reason, properties" is worth sending: 0, 1 or all. */
static size_t
reason_size(VmqReason reason, const MqttProperties *properties)
{
	if (properties->raw.size > 0)
		return 1 + encode_block_size(MQTT_V5, properties);
	return reason == VMQ_REASON_SUCCESS ? 0 : 1;
}

static void
append_reason(Buf *out, VmqReason reason, const MqttProperties *properties)
{
	size_t size = reason_size(reason, properties);

	if (size > 0)
		buf_append_u8(out, (uint8_t) reason);
	if (size > 1)
		encode_block(out, MQTT_V5, properties);
}

void
mqtt_encode_ack(Buf *out, uint8_t protocol, MqttType type, const MqttAck *ack)
{
	unsigned first = type << 4 | (type == MQTT_PUBREL ? FLAGS_TWO : 0);
	bool     is_tiny = protocol < MQTT_V5 || reason_size(ack->reason, &ack->properties) == 0;

	if (is_tiny) {
		uint8_t *at = buf_reserve(out, 4);

		at[0] = (uint8_t) first;
		at[1] = 2;
		writer_put_be16(at + 2, ack->packet_id);
		buf_added(out, 4);
		return;
	}
	encode_start(out, first, 2 + reason_size(ack->reason, &ack->properties));
	buf_append_be16(out, ack->packet_id);
	append_reason(out, ack->reason, &ack->properties);
}

void
mqtt_encode_disconnect(Buf *out, uint8_t protocol, const MqttDisconnect *disconnect)
{
	if (protocol < MQTT_V5) {
		encode_start(out, MQTT_DISCONNECT << 4, 0);
		return;
	}
	encode_start(out, MQTT_DISCONNECT << 4,
	             reason_size(disconnect->reason, &disconnect->properties));
	append_reason(out, disconnect->reason, &disconnect->properties);
}

void
mqtt_encode_auth(Buf *out, const MqttAuth *auth)
{
	bool is_short = auth->reason == VMQ_REASON_SUCCESS && auth->properties.raw.size == 0;

	encode_start(out, MQTT_AUTH << 4,
	             is_short ? 0 : 1 + encode_block_size(MQTT_V5, &auth->properties));
	if (is_short)
		return;
	buf_append_u8(out, (uint8_t) auth->reason);
	encode_block(out, MQTT_V5, &auth->properties);
}
