/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - bytes into packets: the fixed header, and what both sides say */
#include "mqtt/decode.h"

#include "mqtt/decode_parts.h"
#include "mqtt/reason.h"
#include "mqtt/topic.h"
#include "mqtt/utf8.h"

typedef enum { SENDER_CLIENT, SENDER_SERVER } Sender;

/* What the caller knows of the connection. */
typedef struct {
	Sender   sender;
	uint8_t  protocol;        /* 0: not yet known */
	uint32_t max_packet_size; /* 0: no limit */
} Dialect;

#define BIT(type) (1u << MQTT_##type)
#define BOTH                                                                                       \
	(BIT(PUBLISH) | BIT(PUBACK) | BIT(PUBREC) | BIT(PUBREL) | BIT(PUBCOMP) | BIT(DISCONNECT) | \
	 BIT(AUTH))

/* Table 2-1 */
static const unsigned types_of[] = {
	[SENDER_CLIENT] = BOTH | BIT(CONNECT) | BIT(SUBSCRIBE) | BIT(UNSUBSCRIBE) | BIT(PINGREQ),
	[SENDER_SERVER] = BOTH | BIT(CONNACK) | BIT(SUBACK) | BIT(UNSUBACK) | BIT(PINGRESP),
};

/* The fixed header (2.1) */
typedef struct {
	uint8_t  type, flags;
	bool     is_padded; /* the length took more bytes than it needs */
	uint32_t remaining;
	size_t   size; /* of the header itself */
} Header;

/* The flags of a packet that is not a PUBLISH [MQTT-2.1.3-1]. */
static bool
flags_are_legal(const Header *header, uint8_t protocol)
{
	uint8_t type = header->type, flags = header->flags;
	bool    is_two = type == MQTT_PUBREL || type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE;

	/* These are of QoS 1 in MQTT 3.1 (2.1 there), and DUP when they are sent again. */
	if (is_two && protocol == MQTT_V3_1)
		flags &= 0x07;
	return flags == (is_two ? 0x02 : 0x00);
}

static VmqReason
check_first_byte(const Header *header, const Dialect *dialect)
{
	uint8_t type = header->type;
	bool is_legal = type == MQTT_PUBLISH ? (header->flags & 0x06) != 0x06 /* [MQTT-3.3.1-4] */
	                                     : flags_are_legal(header, dialect->protocol);

	/* [MQTT-3.1.0-1] */
	if (dialect->protocol == 0 && type != MQTT_CONNECT)
		return VMQ_REASON_PROTOCOL_ERROR;
	/* "Reserved" is no type: 0, and 15 before MQTT 5 (2.1.2) */
	if (type == 0 || (type == MQTT_AUTH && dialect->protocol < MQTT_V5) || !is_legal)
		return VMQ_REASON_MALFORMED_PACKET;
	return (types_of[dialect->sender] >> type & 1) != 0 ? VMQ_REASON_SUCCESS
	                                                    : VMQ_REASON_PROTOCOL_ERROR;
}

/* Remaining Length (2.1.4): MQTT_NEED_MORE while its last byte has not come. */
static MqttDecodeStatus
read_remaining(VmqBytes in, Header *header)
{
	header->remaining = 0;
	for (unsigned i = 0; i < 4; i++) {
		if (1 + i == in.size)
			return MQTT_NEED_MORE;

		uint8_t byte = in.data[1 + i];

		header->remaining |= (uint32_t) (byte & 0x7F) << 7 * i;
		if (byte < 0x80) {
			header->size = 2 + i;
			header->is_padded = byte == 0 && i > 0;
			return MQTT_DECODED;
		}
	}
	return MQTT_BAD;
}

/*
 * Finds the first packet's body. What is wrong already with the fixed header is told before the
 * body has come.
 */
static MqttDecodeStatus
read_header(VmqBytes in, const Dialect *dialect, Header *header, size_t *used, VmqReason *reason)
{
	*reason = VMQ_REASON_SUCCESS;
	if (in.size == 0) {
		*used = 2;
		return MQTT_NEED_MORE;
	}
	header->type = in.data[0] >> 4;
	header->flags = in.data[0] & 0x0F;
	*reason = check_first_byte(header, dialect);
	if (*reason != VMQ_REASON_SUCCESS)
		return MQTT_BAD;

	MqttDecodeStatus status = read_remaining(in, header);

	*used = 1;
	*reason = VMQ_REASON_MALFORMED_PACKET;
	if (status != MQTT_DECODED)
		return status;
	/* [MQTT-1.5.5-1]; MQTT 3 does not forbid it */
	if (header->is_padded && dialect->protocol == MQTT_V5)
		return MQTT_BAD;

	size_t size = header->size + header->remaining;

	*reason = VMQ_REASON_PACKET_TOO_LARGE; /* [MQTT-3.2.2-15] */
	if (dialect->max_packet_size > 0 && size > dialect->max_packet_size)
		return MQTT_BAD;
	*used = in.size < size ? size - in.size : size;
	return in.size < size ? MQTT_NEED_MORE : MQTT_DECODED;
}

/* A topic name with something in it. */
static VmqReason
check_topic(VmqBytes topic)
{
	if (mqtt_topic_is_valid(topic))
		return VMQ_REASON_SUCCESS;
	/* Ill-formed UTF-8 makes the packet malformed [MQTT-1.5.4-1], wildcards the name invalid
	 * [MQTT-3.3.2-2]. */
	return mqtt_utf8_is_valid(topic) ? VMQ_REASON_TOPIC_NAME_INVALID
	                                 : VMQ_REASON_MALFORMED_PACKET;
}

VmqReason
decode_topic_name(Reader *in, VmqBytes *topic)
{
	return reader_binary(in, topic) ? check_topic(*topic) : VMQ_REASON_MALFORMED_PACKET;
}

/* 3.3 */
static VmqReason
read_publish(Reader *in, uint8_t flags, const Dialect *dialect, MqttPublish *out)
{
	VmqReason reason = VMQ_REASON_SUCCESS;

	out->dup = (flags & 0x08) != 0;
	out->qos = flags >> 1 & 0x03;
	out->retain = (flags & 0x01) != 0;
	out->packet_id = 0;
	/* [MQTT-3.3.1-2] */
	if (out->dup && out->qos == 0 && dialect->protocol > MQTT_V3_1)
		return VMQ_REASON_MALFORMED_PACKET;
	if (!reader_binary(in, &out->topic))
		return VMQ_REASON_MALFORMED_PACKET;
	if (out->qos > 0)
		reason = decode_packet_id(in, &out->packet_id);
	if (reason == VMQ_REASON_SUCCESS)
		reason = decode_properties(in, dialect->protocol, MQTT_PUBLISH, &out->properties);
	if (reason != VMQ_REASON_SUCCESS)
		return reason;
	out->payload = reader_rest(in);
	in->at = in->end;

	/* [MQTT-3.3.4-6] */
	if (dialect->sender == SENDER_CLIENT &&
	    mqtt_has(&out->properties, MQTT_PROP_SUBSCRIPTION_ID))
		return VMQ_REASON_PROTOCOL_ERROR;
	/* "It is a Protocol Error if the Topic Name is zero length and there is no Topic Alias"
	 * (3.3.2.1) */
	if (out->topic.size == 0 && dialect->protocol == MQTT_V5)
		return mqtt_has(&out->properties, MQTT_PROP_TOPIC_ALIAS)
		               ? VMQ_REASON_SUCCESS
		               : VMQ_REASON_PROTOCOL_ERROR;
	return check_topic(out->topic);
}

static bool
reason_is_legal(const Dialect *dialect, MqttType type, uint8_t code)
{
	return dialect->sender == SENDER_CLIENT ? mqtt_reason_is_legal_from_client(type, code)
	                                        : mqtt_reason_is_legal_from_server(type, code);
}

/* The end of PUBACK, PUBREC, PUBREL, PUBCOMP and DISCONNECT: all of it may be left out. */
static VmqReason
read_reason(Reader *in, const Dialect *dialect, MqttType type, VmqReason *reason,
            MqttProperties *properties)
{
	uint8_t code = VMQ_REASON_SUCCESS;

	properties->present = 0;
	properties->raw = (VmqBytes){0};
	*reason = VMQ_REASON_SUCCESS;
	if (dialect->protocol < MQTT_V5 || !reader_u8(in, &code))
		return VMQ_REASON_SUCCESS;
	/* [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1], [MQTT-3.14.2-1] */
	if (!reason_is_legal(dialect, type, code))
		return VMQ_REASON_PROTOCOL_ERROR;
	*reason = code;
	return reader_left(in) == 0 ? VMQ_REASON_SUCCESS
	                            : decode_properties(in, dialect->protocol, type, properties);
}

/* 3.4 to 3.7 */
static VmqReason
read_ack(Reader *in, const Dialect *dialect, MqttType type, MqttAck *out)
{
	VmqReason reason = decode_packet_id(in, &out->packet_id);

	return reason != VMQ_REASON_SUCCESS
	               ? reason
	               : read_reason(in, dialect, type, &out->reason, &out->properties);
}

/* 3.14 */
static VmqReason
read_disconnect(Reader *in, const Dialect *dialect, MqttDisconnect *out)
{
	/* A server says nothing of expiry [MQTT-3.14.2-2], a client knows no other server. */
	MqttPropertyId illegal = dialect->sender == SENDER_SERVER ? MQTT_PROP_SESSION_EXPIRY
	                                                          : MQTT_PROP_SERVER_REFERENCE;
	/* MQTT 3: only clients say it, and no more than that */
	if (dialect->sender == SENDER_SERVER && dialect->protocol < MQTT_V5)
		return VMQ_REASON_PROTOCOL_ERROR;

	VmqReason reason =
		read_reason(in, dialect, MQTT_DISCONNECT, &out->reason, &out->properties);

	if (reason != VMQ_REASON_SUCCESS)
		return reason;
	return mqtt_has(&out->properties, illegal) ? VMQ_REASON_PROTOCOL_ERROR : VMQ_REASON_SUCCESS;
}

/* 3.15 */
static VmqReason
read_auth(Reader *in, const Dialect *dialect, MqttAuth *out)
{
	bool    is_short = reader_left(in) == 0; /* Success, and nothing to say */
	uint8_t code = VMQ_REASON_SUCCESS;

	out->properties.present = 0;
	out->properties.raw = (VmqBytes){0};
	reader_u8(in, &code);
	out->reason = code;
	if (!reason_is_legal(dialect, MQTT_AUTH, code)) /* [MQTT-3.15.2-1] */
		return VMQ_REASON_PROTOCOL_ERROR;
	if (is_short)
		return VMQ_REASON_SUCCESS;

	VmqReason reason = decode_properties(in, dialect->protocol, MQTT_AUTH, &out->properties);

	if (reason != VMQ_REASON_SUCCESS)
		return reason;
	/* "It is a Protocol Error to omit the Authentication Method" (3.15.2.2.2) */
	return mqtt_has(&out->properties, MQTT_PROP_AUTH_METHOD) ? VMQ_REASON_SUCCESS
	                                                         : VMQ_REASON_PROTOCOL_ERROR;
}

static VmqReason
read_body(Reader *in, uint8_t flags, const Dialect *dialect, MqttPacket *out)
{
	VmqReason reason = VMQ_REASON_SUCCESS;

	switch (out->type) {
	case MQTT_CONNECT:
		reason = decode_connect(in, &out->connect);
		break;
	case MQTT_CONNACK:
		reason = decode_connack(in, dialect->protocol, &out->connack);
		break;
	case MQTT_PUBLISH:
		reason = read_publish(in, flags, dialect, &out->publish);
		break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		reason = read_ack(in, dialect, out->type, &out->ack);
		break;
	case MQTT_SUBSCRIBE:
		reason = decode_subscribe(in, dialect->protocol, &out->subscribe);
		break;
	case MQTT_UNSUBSCRIBE:
		reason = decode_unsubscribe(in, dialect->protocol, &out->unsubscribe);
		break;
	case MQTT_SUBACK:
		reason = decode_suback(in, dialect->protocol, &out->suback);
		break;
	case MQTT_UNSUBACK:
		reason = decode_unsuback(in, dialect->protocol, &out->suback);
		break;
	case MQTT_PINGREQ:
	case MQTT_PINGRESP:
		break;
	case MQTT_DISCONNECT:
		reason = read_disconnect(in, dialect, &out->disconnect);
		break;
	case MQTT_AUTH:
		reason = read_auth(in, dialect, &out->auth);
		break;
	}
	return reason;
}

static MqttDecodeStatus
decode(VmqBytes bytes, const Dialect *dialect, MqttPacket *out, size_t *used, VmqReason *reason)
{
	Header           header = {0};
	MqttDecodeStatus status = read_header(bytes, dialect, &header, used, reason);

	out->type = header.type;
	/* What is known of a CONNECT that turns out to be bad; in others this is overwritten. */
	out->connect.level = 0;
	out->connect.is_mqtt = false;
	if (status != MQTT_DECODED)
		return status;

	const uint8_t *body = bytes.data + header.size;
	Reader         in = {body, body + header.remaining};

	*reason = read_body(&in, header.flags, dialect, out);
	if (*reason != VMQ_REASON_SUCCESS)
		return MQTT_BAD;
	/* What is not in the standard does not belong there; nor does a length in more bytes than
	 * needed, if only now it is known to be MQTT 5 [MQTT-1.5.5-1]. */
	if (reader_left(&in) > 0 ||
	    (header.is_padded && out->type == MQTT_CONNECT && out->connect.level == MQTT_V5)) {
		*reason = VMQ_REASON_MALFORMED_PACKET;
		return MQTT_BAD;
	}
	return MQTT_DECODED;
}

MqttDecodeStatus
mqtt_decode(VmqBytes in, uint8_t protocol, uint32_t max_packet_size, MqttPacket *out, size_t *used,
            VmqReason *reason)
{
	Dialect dialect = {SENDER_CLIENT, protocol, max_packet_size};

	return decode(in, &dialect, out, used, reason);
}

MqttDecodeStatus
mqtt_decode_from_server(VmqBytes in, uint8_t protocol, uint32_t max_packet_size, MqttPacket *out,
                        size_t *used, VmqReason *reason)
{
	Dialect dialect = {SENDER_SERVER, protocol, max_packet_size};

	return decode(in, &dialect, out, used, reason);
}

bool
mqtt_peek_publish(VmqBytes *in, VmqBytes *topic, bool *retain)
{
	Header header;

	if (in->size == 0 || in->data[0] >> 4 != MQTT_PUBLISH ||
	    read_remaining(*in, &header) != MQTT_DECODED ||
	    in->size - header.size < header.remaining)
		return false;

	Reader body = reader_of((VmqBytes){in->data + header.size, header.remaining});

	*retain = (in->data[0] & 0x01) != 0;
	in->data += header.size + header.remaining;
	in->size -= header.size + header.remaining;
	return reader_binary(&body, topic);
}
