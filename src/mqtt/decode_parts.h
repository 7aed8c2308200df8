/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_parts.h - what the files of the decoder share
 *
 * Each reads the body of one packet, or a part of it, off `in`; the caller sees to it that nothing
 * is left. VMQ_REASON_SUCCESS, or why not.
 */
#pragma once

#include "mqtt/packet.h"
#include "mqtt/reader.h"

/* The length and the block that a packet of this type has since MQTT 5; before, empty. */
static inline VmqReason
decode_properties(Reader *in, uint8_t protocol, unsigned type, MqttProperties *out)
{
	uint32_t size;
	VmqBytes block;

	out->present = 0;
	out->raw = (VmqBytes){0};
	if (protocol < MQTT_V5)
		return VMQ_REASON_SUCCESS;
	if (!reader_varint(in, &size) || !reader_take(in, size, &block))
		return VMQ_REASON_MALFORMED_PACKET;
	return size == 0 ? VMQ_REASON_SUCCESS : mqtt_properties_read(block, type, out);
}

/* A packet identifier is not 0 [MQTT-2.2.1-3]. */
static inline VmqReason
decode_packet_id(Reader *in, uint16_t *packet_id)
{
	if (!reader_be16(in, packet_id))
		return VMQ_REASON_MALFORMED_PACKET;
	return *packet_id != 0 ? VMQ_REASON_SUCCESS : VMQ_REASON_PROTOCOL_ERROR;
}

VmqReason decode_topic_name(Reader *in, VmqBytes *topic);

/* out->level is set as soon as it is known. */
VmqReason decode_connect(Reader *in, MqttConnect *out);
VmqReason decode_subscribe(Reader *in, uint8_t protocol, MqttSubscribe *out);
VmqReason decode_unsubscribe(Reader *in, uint8_t protocol, MqttUnsubscribe *out);

VmqReason decode_connack(Reader *in, uint8_t protocol, MqttConnack *out);
VmqReason decode_suback(Reader *in, uint8_t protocol, MqttSuback *out);
VmqReason decode_unsuback(Reader *in, uint8_t protocol, MqttSuback *out);
