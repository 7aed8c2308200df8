/* SPDX-License-Identifier: Apache-2.0 */
/* property.c - the properties of MQTT 5.0 (2.2.2) */
#include "mqtt/property.h"

#include "mqtt/packet.h"
#include "mqtt/reader.h"
#include "mqtt/topic.h"
#include "mqtt/utf8.h"
#include "mqtt/writer.h"

#define BIT(id) MQTT_PROP_BIT(MQTT_PROP_##id)

#define TRAVELS                                                                                  \
	(BIT(PAYLOAD_FORMAT) | BIT(CONTENT_TYPE) | BIT(RESPONSE_TOPIC) | BIT(CORRELATION_DATA) | \
	 BIT(USER))

/* How each property is written, where its value goes, and what number it may be. */
typedef struct {
	MqttPropertyForm form;
	size_t           offset;
	uint32_t         least, most; /* of numbers */
} Shape;

#define AT(member) offsetof(MqttProperties, member)

static const Shape shapes[64] = {
	[MQTT_PROP_PAYLOAD_FORMAT] = {MQTT_FORM_U8, AT(payload_format), 0, 1},
	[MQTT_PROP_MESSAGE_EXPIRY] = {MQTT_FORM_U32, AT(expiry_s), 0, UINT32_MAX},
	[MQTT_PROP_CONTENT_TYPE] = {MQTT_FORM_STRING, AT(content_type)},
	[MQTT_PROP_RESPONSE_TOPIC] = {MQTT_FORM_STRING, AT(response_topic)},
	[MQTT_PROP_CORRELATION_DATA] = {MQTT_FORM_BINARY, AT(correlation_data)},
	[MQTT_PROP_SUBSCRIPTION_ID] = {MQTT_FORM_VARINT, AT(subscription_id), 1,
                                       MQTT_MAX_REMAINING},
	[MQTT_PROP_SESSION_EXPIRY] = {MQTT_FORM_U32, AT(session_expiry_s), 0, UINT32_MAX},
	[MQTT_PROP_ASSIGNED_CLIENT_ID] = {MQTT_FORM_STRING, AT(assigned_client_id)},
	[MQTT_PROP_SERVER_KEEP_ALIVE] = {MQTT_FORM_U16, AT(server_keep_alive_s), 0, UINT16_MAX},
	[MQTT_PROP_AUTH_METHOD] = {MQTT_FORM_STRING, AT(auth_method)},
	[MQTT_PROP_AUTH_DATA] = {MQTT_FORM_BINARY, AT(auth_data)},
	[MQTT_PROP_REQUEST_PROBLEM_INFO] = {MQTT_FORM_U8, AT(request_problem_info), 0, 1},
	[MQTT_PROP_WILL_DELAY] = {MQTT_FORM_U32, AT(will_delay_s), 0, UINT32_MAX},
	[MQTT_PROP_REQUEST_RESPONSE_INFO] = {MQTT_FORM_U8, AT(request_response_info), 0, 1},
	[MQTT_PROP_RESPONSE_INFO] = {MQTT_FORM_STRING, AT(response_info)},
	[MQTT_PROP_SERVER_REFERENCE] = {MQTT_FORM_STRING, AT(server_reference)},
	[MQTT_PROP_REASON_STRING] = {MQTT_FORM_STRING, AT(reason_string)},
	[MQTT_PROP_RECEIVE_MAXIMUM] = {MQTT_FORM_U16, AT(receive_maximum), 1, UINT16_MAX},
	[MQTT_PROP_TOPIC_ALIAS_MAXIMUM] = {MQTT_FORM_U16, AT(topic_alias_maximum), 0, UINT16_MAX},
	[MQTT_PROP_TOPIC_ALIAS] = {MQTT_FORM_U16, AT(topic_alias), 1, UINT16_MAX},
	[MQTT_PROP_MAXIMUM_QOS] = {MQTT_FORM_U8, AT(maximum_qos), 0, 1},
	[MQTT_PROP_RETAIN_AVAILABLE] = {MQTT_FORM_U8, AT(retain_available), 0, 1},
	[MQTT_PROP_USER] = {MQTT_FORM_PAIR},
	[MQTT_PROP_MAXIMUM_PACKET_SIZE] = {MQTT_FORM_U32, AT(maximum_packet_size), 1, UINT32_MAX},
	[MQTT_PROP_WILDCARD_AVAILABLE] = {MQTT_FORM_U8, AT(wildcard_available), 0, 1},
	[MQTT_PROP_SUBSCRIPTION_ID_AVAILABLE] = {MQTT_FORM_U8, AT(subscription_id_available), 0, 1},
	[MQTT_PROP_SHARED_AVAILABLE] = {MQTT_FORM_U8, AT(shared_available), 0, 1},
};

MqttPropertyForm
mqtt_property_form(unsigned id)
{
	return id < G_N_ELEMENTS(shapes) ? shapes[id].form : MQTT_FORM_NONE;
}

/* Table 2-4 */
static const uint64_t legal_in[MQTT_N_TYPES] = {
	[MQTT_WILL_PROPERTIES] = TRAVELS | BIT(MESSAGE_EXPIRY) | BIT(WILL_DELAY),
	[MQTT_CONNECT] = BIT(SESSION_EXPIRY) | BIT(AUTH_METHOD) | BIT(AUTH_DATA) |
                         BIT(REQUEST_PROBLEM_INFO) | BIT(REQUEST_RESPONSE_INFO) |
                         BIT(RECEIVE_MAXIMUM) | BIT(TOPIC_ALIAS_MAXIMUM) |
                         BIT(MAXIMUM_PACKET_SIZE) | BIT(USER),
	[MQTT_CONNACK] = BIT(SESSION_EXPIRY) | BIT(ASSIGNED_CLIENT_ID) | BIT(SERVER_KEEP_ALIVE) |
                         BIT(AUTH_METHOD) | BIT(AUTH_DATA) | BIT(RESPONSE_INFO) |
                         BIT(SERVER_REFERENCE) | BIT(REASON_STRING) | BIT(RECEIVE_MAXIMUM) |
                         BIT(TOPIC_ALIAS_MAXIMUM) | BIT(MAXIMUM_QOS) | BIT(RETAIN_AVAILABLE) |
                         BIT(MAXIMUM_PACKET_SIZE) | BIT(WILDCARD_AVAILABLE) |
                         BIT(SUBSCRIPTION_ID_AVAILABLE) | BIT(SHARED_AVAILABLE) | BIT(USER),
	[MQTT_PUBLISH] = TRAVELS | BIT(MESSAGE_EXPIRY) | BIT(SUBSCRIPTION_ID) | BIT(TOPIC_ALIAS),
	[MQTT_PUBACK] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_PUBREC] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_PUBREL] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_PUBCOMP] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_SUBSCRIBE] = BIT(SUBSCRIPTION_ID) | BIT(USER),
	[MQTT_SUBACK] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_UNSUBSCRIBE] = BIT(USER),
	[MQTT_UNSUBACK] = BIT(REASON_STRING) | BIT(USER),
	[MQTT_DISCONNECT] =
		BIT(SESSION_EXPIRY) | BIT(SERVER_REFERENCE) | BIT(REASON_STRING) | BIT(USER),
	[MQTT_AUTH] = BIT(AUTH_METHOD) | BIT(AUTH_DATA) | BIT(REASON_STRING) | BIT(USER),
};

uint64_t
mqtt_properties_legal(unsigned type)
{
	return legal_in[type];
}

/* The value of out->id; false when it is cut short or written in a way it must not be. */
static bool
read_value(Reader *in, MqttProperty *out)
{
	uint8_t  u8 = 0;
	uint16_t u16 = 0;
	bool     is_there = false;

	switch (shapes[out->id].form) {
	case MQTT_FORM_NONE:
		break;
	case MQTT_FORM_U8:
		is_there = reader_u8(in, &u8);
		out->number = u8;
		break;
	case MQTT_FORM_U16:
		is_there = reader_be16(in, &u16);
		out->number = u16;
		break;
	case MQTT_FORM_U32:
		is_there = reader_be32(in, &out->number);
		break;
	case MQTT_FORM_VARINT:
		is_there = reader_varint(in, &out->number);
		break;
	case MQTT_FORM_STRING:
	case MQTT_FORM_BINARY:
		is_there = reader_binary(in, &out->value);
		break;
	case MQTT_FORM_PAIR:
		is_there = reader_binary(in, &out->name) && reader_binary(in, &out->value);
		break;
	}
	return is_there;
}

static VmqReason
check_value(const MqttProperty *property)
{
	const Shape *shape = &shapes[property->id];

	switch (shape->form) {
	case MQTT_FORM_NONE:
	case MQTT_FORM_BINARY:
		break;
	case MQTT_FORM_U8:
	case MQTT_FORM_U16:
	case MQTT_FORM_U32:
	case MQTT_FORM_VARINT:
		/* "It is a Protocol Error … to have a value other than", but for one (3.3.2.3.4) */
		if (property->number < shape->least || property->number > shape->most)
			return property->id == MQTT_PROP_TOPIC_ALIAS
			               ? VMQ_REASON_TOPIC_ALIAS_INVALID /* [MQTT-3.3.2-8] */
			               : VMQ_REASON_PROTOCOL_ERROR;
		break;
	case MQTT_FORM_PAIR:
		if (!mqtt_utf8_is_valid(property->name)) /* [MQTT-1.5.7-1] */
			return VMQ_REASON_MALFORMED_PACKET;
		G_GNUC_FALLTHROUGH;
	case MQTT_FORM_STRING:
		if (!mqtt_utf8_is_valid(property->value)) /* [MQTT-1.5.4-1] */
			return VMQ_REASON_MALFORMED_PACKET;
		if (property->id == MQTT_PROP_RESPONSE_TOPIC &&
		    !mqtt_topic_is_valid(property->value)) /* [MQTT-3.3.2-14] */
			return VMQ_REASON_PROTOCOL_ERROR;
		break;
	}
	return VMQ_REASON_SUCCESS;
}

static void
store_value(MqttProperties *out, const MqttProperty *property)
{
	uint8_t *at = (uint8_t *) out + shapes[property->id].offset;
	uint16_t u16 = (uint16_t) property->number;

	switch (shapes[property->id].form) {
	case MQTT_FORM_NONE:
	case MQTT_FORM_PAIR:
		break;
	case MQTT_FORM_U8:
		*at = (uint8_t) property->number;
		break;
	case MQTT_FORM_U16:
		memcpy(at, &u16, sizeof(u16));
		break;
	case MQTT_FORM_U32:
	case MQTT_FORM_VARINT:
		memcpy(at, &property->number, sizeof(property->number));
		break;
	case MQTT_FORM_STRING:
	case MQTT_FORM_BINARY:
		memcpy(at, &property->value, sizeof(property->value));
		break;
	}
}

VmqReason
mqtt_properties_read(VmqBytes block, unsigned type, MqttProperties *out)
{
	/* A PUBLISH names all subscriptions that it matched [MQTT-3.3.4-4]. */
	uint64_t     can_repeat = BIT(USER) | (type == MQTT_PUBLISH ? BIT(SUBSCRIPTION_ID) : 0);
	uint64_t     legal = legal_in[type];
	Reader       in = reader_of(block);
	MqttProperty property;
	uint8_t      id;

	out->present = 0;
	out->raw = block;
	while (reader_u8(&in, &id)) {
		/* All known identifiers are below 64, so one byte of the varint is all of it. */
		if (id >= 64 || (legal >> id & 1) == 0)
			return VMQ_REASON_MALFORMED_PACKET; /* 2.2.2.2 */
		property = (MqttProperty){.id = id};
		if (!read_value(&in, &property))
			return VMQ_REASON_MALFORMED_PACKET;

		VmqReason reason = check_value(&property);

		if (reason != VMQ_REASON_SUCCESS)
			return reason;
		if ((out->present >> id & 1) == 0)
			store_value(out, &property);
		else if ((can_repeat >> id & 1) == 0)
			return VMQ_REASON_PROTOCOL_ERROR;
		out->present |= MQTT_PROP_BIT(id);
	}

	/* "It is a Protocol Error to include Authentication Data if there is no Authentication
	 * Method" (3.1.2.11.10) */
	if (mqtt_has(out, MQTT_PROP_AUTH_DATA) && !mqtt_has(out, MQTT_PROP_AUTH_METHOD))
		return VMQ_REASON_PROTOCOL_ERROR;
	return VMQ_REASON_SUCCESS;
}

bool
mqtt_property_next(VmqBytes *rest, MqttProperty *out)
{
	Reader  in = reader_of(*rest);
	uint8_t id;

	if (!reader_u8(&in, &id) || mqtt_property_form(id) == MQTT_FORM_NONE)
		return false;
	*out = (MqttProperty){.id = id};
	if (!read_value(&in, out))
		return false;
	*rest = reader_rest(&in);
	return true;
}

static VmqBytes
copy_forwardable(VmqBytes block, Buf *scratch)
{
	size_t       before = buf_size(scratch);
	MqttProperty property;

	for (VmqBytes rest = block, from = rest; mqtt_property_next(&rest, &property); from = rest)
		if ((TRAVELS >> property.id & 1) != 0)
			buf_append(scratch, from.data, (size_t) (rest.data - from.data));

	VmqBytes all = buf_bytes(scratch);

	return (VmqBytes){all.data + before, all.size - before};
}

VmqBytes
mqtt_properties_forwardable(VmqBytes block, Buf *scratch)
{
	VmqBytes     run = {0}; /* from the first that travels */
	MqttProperty property;

	for (VmqBytes rest = block, from = rest; mqtt_property_next(&rest, &property);
	     from = rest) {
		if ((TRAVELS >> property.id & 1) == 0)
			continue;
		if (run.size == 0)
			run.data = from.data;
		else if (run.data + run.size != from.data)
			return copy_forwardable(block, scratch);
		run.size = (size_t) (rest.data - run.data);
	}
	return run;
}

void
mqtt_property_append_u8(Buf *block, MqttPropertyId id, uint8_t value)
{
	buf_append_u8(block, (uint8_t) id);
	buf_append_u8(block, value);
}

void
mqtt_property_append_u16(Buf *block, MqttPropertyId id, uint16_t value)
{
	buf_append_u8(block, (uint8_t) id);
	buf_append_be16(block, value);
}

void
mqtt_property_append_u32(Buf *block, MqttPropertyId id, uint32_t value)
{
	buf_append_u8(block, (uint8_t) id);
	buf_append_be32(block, value);
}

void
mqtt_property_append_varint(Buf *block, MqttPropertyId id, uint32_t value)
{
	buf_append_u8(block, (uint8_t) id);
	writer_append_varint(block, value);
}

void
mqtt_property_append_string(Buf *block, MqttPropertyId id, VmqBytes value)
{
	buf_append_u8(block, (uint8_t) id);
	writer_append_binary(block, value);
}

void
mqtt_property_append_user(Buf *block, VmqBytes name, VmqBytes value)
{
	buf_append_u8(block, MQTT_PROP_USER);
	writer_append_binary(block, name);
	writer_append_binary(block, value);
}
