/* SPDX-License-Identifier: Apache-2.0 */
/* decode_server.c - what only servers say: CONNACK, SUBACK, UNSUBACK (3.2, 3.9, 3.11) */
#include "mqtt/decode_parts.h"
#include "mqtt/reason.h"

#define FLAG_SESSION_PRESENT 0x01

VmqReason
decode_connack(Reader *in, uint8_t protocol, MqttConnack *out)
{
	uint8_t flags, code;

	if (!reader_u8(in, &flags) || !reader_u8(in, &code))
		return VMQ_REASON_MALFORMED_PACKET;
	if (protocol == MQTT_V3_1) /* "not used" there (3.2) */
		flags = 0;
	if ((flags & ~FLAG_SESSION_PRESENT) != 0) /* [MQTT-3.2.2-1] */
		return VMQ_REASON_MALFORMED_PACKET;
	if (protocol < MQTT_V5 && code > 5) /* 3.1.1, 3.2.2.3 */
		return VMQ_REASON_MALFORMED_PACKET;
	/* [MQTT-3.2.2-8] */
	if (protocol == MQTT_V5 && !mqtt_reason_is_legal_from_server(MQTT_CONNACK, code))
		return VMQ_REASON_PROTOCOL_ERROR;
	out->session_present = (flags & FLAG_SESSION_PRESENT) != 0;
	out->reason = protocol < MQTT_V5 ? mqtt_reason_from_return_code(code) : code;
	/* [MQTT-3.2.2-6] */
	if (out->session_present && out->reason != VMQ_REASON_SUCCESS)
		return VMQ_REASON_PROTOCOL_ERROR;
	return decode_properties(in, protocol, MQTT_CONNACK, &out->properties);
}

static VmqReason
read_start(Reader *in, uint8_t protocol, MqttType type, MqttSuback *out)
{
	VmqReason reason = decode_packet_id(in, &out->packet_id);

	if (reason == VMQ_REASON_SUCCESS)
		reason = decode_properties(in, protocol, type, &out->properties);
	out->reasons = (VmqBytes){0};
	return reason;
}

/* One for each filter, so at least one. */
static VmqReason
read_reasons(Reader *in, uint8_t protocol, MqttType type, VmqBytes *reasons)
{
	*reasons = reader_rest(in);
	in->at = in->end;
	if (reasons->size == 0)
		return VMQ_REASON_PROTOCOL_ERROR;
	for (size_t i = 0; i < reasons->size; i++) {
		uint8_t code = reasons->data[i];

		if (protocol == MQTT_V5 ? !mqtt_reason_is_legal_from_server(type, code)
		                        : code > 2 && code != 0x80) /* [MQTT-3.9.3-2 of 3.1.1] */
			return VMQ_REASON_PROTOCOL_ERROR;
	}
	return VMQ_REASON_SUCCESS;
}

VmqReason
decode_suback(Reader *in, uint8_t protocol, MqttSuback *out)
{
	VmqReason reason = read_start(in, protocol, MQTT_SUBACK, out);

	return reason == VMQ_REASON_SUCCESS ? read_reasons(in, protocol, MQTT_SUBACK, &out->reasons)
	                                    : reason;
}

/* In MQTT 3 it has no payload (3.11.3 there). */
VmqReason
decode_unsuback(Reader *in, uint8_t protocol, MqttSuback *out)
{
	VmqReason reason = read_start(in, protocol, MQTT_UNSUBACK, out);

	return reason == VMQ_REASON_SUCCESS && protocol == MQTT_V5
	               ? read_reasons(in, protocol, MQTT_UNSUBACK, &out->reasons)
	               : reason;
}
