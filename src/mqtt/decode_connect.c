/* SPDX-License-Identifier: Apache-2.0 */
/* decode_connect.c - CONNECT (3.1) */
#include "mqtt/decode_parts.h"
#include "mqtt/utf8.h"

/* Connect Flags (3.1.2.3) */
#define FLAG_RESERVED 0x01
#define FLAG_CLEAN_START 0x02
#define FLAG_WILL 0x04
#define FLAG_WILL_QOS 0x18
#define FLAG_WILL_RETAIN 0x20
#define FLAG_PASSWORD 0x40
#define FLAG_USER_NAME 0x80

static bool
is_named(VmqBytes name, const char *expected)
{
	return name.size == strlen(expected) && memcmp(name.data, expected, name.size) == 0;
}

/* 3.1.2.1 and 3.1.2.2 */
static VmqReason
read_level(Reader *in, MqttConnect *connect)
{
	VmqBytes name;
	uint8_t  asked;

	if (!reader_binary(in, &name) || !reader_u8(in, &asked))
		return VMQ_REASON_MALFORMED_PACKET;
	/* [MQTT-3.1.2-1], and "MQIsdp" in MQTT 3.1 (3.1 there) */
	if (!is_named(name, "MQTT") && !is_named(name, "MQIsdp"))
		return VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION;
	connect->is_mqtt = true;
	connect->level = asked;
	/* [MQTT-3.1.2-2] */
	if (is_named(name, "MQTT") ? asked != MQTT_V3_1_1 && asked != MQTT_V5 : asked != MQTT_V3_1)
		return VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION;
	return VMQ_REASON_SUCCESS;
}

static VmqReason
check_flags(uint8_t flags, uint8_t level)
{
	uint8_t qos = (flags & FLAG_WILL_QOS) >> 3;

	if (qos == 3 && (flags & FLAG_WILL) != 0) /* [MQTT-3.1.2-12] */
		return VMQ_REASON_MALFORMED_PACKET;
	/* A password wants a user name [MQTT-3.1.2-22 of 3.1.1]; not so in MQTT 5. */
	if (level < MQTT_V5 && (flags & (FLAG_PASSWORD | FLAG_USER_NAME)) == FLAG_PASSWORD)
		return VMQ_REASON_MALFORMED_PACKET;
	if (level == MQTT_V3_1) /* the rest is "unused" or "disregarded" (3.1 there) */
		return VMQ_REASON_SUCCESS;
	if ((flags & FLAG_RESERVED) != 0) /* [MQTT-3.1.2-3] */
		return VMQ_REASON_MALFORMED_PACKET;
	/* [MQTT-3.1.2-11], [MQTT-3.1.2-13] */
	if ((flags & FLAG_WILL) == 0 && (flags & (FLAG_WILL_QOS | FLAG_WILL_RETAIN)) != 0)
		return VMQ_REASON_MALFORMED_PACKET;
	return VMQ_REASON_SUCCESS;
}

static VmqReason
read_string(Reader *in, VmqBytes *string)
{
	return reader_binary(in, string) && mqtt_utf8_is_valid(*string)
	               ? VMQ_REASON_SUCCESS
	               : VMQ_REASON_MALFORMED_PACKET;
}

/* 3.1.3.2 to 3.1.3.4 */
static VmqReason
read_will(Reader *in, uint8_t flags, uint8_t level, MqttWill *out)
{
	out->qos = (flags & FLAG_WILL_QOS) >> 3;
	out->retain = (flags & FLAG_WILL_RETAIN) != 0;

	VmqReason reason = decode_properties(in, level, MQTT_WILL_PROPERTIES, &out->properties);

	if (reason == VMQ_REASON_SUCCESS)
		reason = decode_topic_name(in, &out->topic); /* [MQTT-3.1.3-11] */
	if (reason == VMQ_REASON_SUCCESS && !reader_binary(in, &out->payload))
		reason = VMQ_REASON_MALFORMED_PACKET;
	return reason;
}

/* 3.1.3.5 and 3.1.3.6 */
static VmqReason
read_credentials(Reader *in, uint8_t flags, MqttConnect *out)
{
	/* In MQTT 3.1 a flag may be set and the string not be there: "the Remaining Length field
	 * from the fixed header takes precedence" (3.1 there). */
	bool can_miss = out->level == MQTT_V3_1;

	out->has_username = (flags & FLAG_USER_NAME) != 0;
	if (out->has_username && can_miss && reader_left(in) == 0)
		out->has_username = false;
	if (out->has_username && read_string(in, &out->username) != VMQ_REASON_SUCCESS)
		return VMQ_REASON_MALFORMED_PACKET; /* [MQTT-3.1.3-12] */

	out->has_password = (flags & FLAG_PASSWORD) != 0;
	if (out->has_password && can_miss && reader_left(in) == 0)
		out->has_password = false;
	if (out->has_password && !reader_binary(in, &out->password))
		return VMQ_REASON_MALFORMED_PACKET; /* [MQTT-3.1.2-19] */
	return VMQ_REASON_SUCCESS;
}

VmqReason
decode_connect(Reader *in, MqttConnect *out)
{
	VmqReason reason = read_level(in, out);
	uint8_t   flags;

	if (reason != VMQ_REASON_SUCCESS)
		return reason;
	if (!reader_u8(in, &flags) || !reader_be16(in, &out->keep_alive_s))
		return VMQ_REASON_MALFORMED_PACKET;
	reason = check_flags(flags, out->level);
	out->clean_start = (flags & FLAG_CLEAN_START) != 0;
	out->has_will = (flags & FLAG_WILL) != 0;

	if (reason == VMQ_REASON_SUCCESS)
		reason = decode_properties(in, out->level, MQTT_CONNECT, &out->properties);
	/* In this order [MQTT-3.1.3-1] */
	if (reason == VMQ_REASON_SUCCESS)
		reason = read_string(in, &out->client_id); /* [MQTT-3.1.3-3], [MQTT-3.1.3-4] */
	if (reason == VMQ_REASON_SUCCESS && out->has_will)
		reason = read_will(in, flags, out->level, &out->will);
	if (reason == VMQ_REASON_SUCCESS)
		reason = read_credentials(in, flags, out);
	return reason;
}
