/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property.h - the properties of MQTT 5.0 (2.2.2)
 *
 * A *block* is properties one after the other, without the leading length. All
 * blocks that come out of decode.h have been checked: only identifiers that the
 * packet may have, no duplicates, values in range, strings in UTF-8.
 *
 * Memory:  slices borrow from the block; the writers append to the caller's Buf.
 * Fails:   mqtt_properties_read() answers with a reason; the rest takes checked
 *          blocks and cannot fail.
 */
#pragma once

#include "base/buf.h"

#include <vibemq/types.h>

typedef enum {
	MQTT_PROP_PAYLOAD_FORMAT = 1,
	MQTT_PROP_MESSAGE_EXPIRY = 2,
	MQTT_PROP_CONTENT_TYPE = 3,
	MQTT_PROP_RESPONSE_TOPIC = 8,
	MQTT_PROP_CORRELATION_DATA = 9,
	MQTT_PROP_SUBSCRIPTION_ID = 11,
	MQTT_PROP_SESSION_EXPIRY = 17,
	MQTT_PROP_ASSIGNED_CLIENT_ID = 18,
	MQTT_PROP_SERVER_KEEP_ALIVE = 19,
	MQTT_PROP_AUTH_METHOD = 21,
	MQTT_PROP_AUTH_DATA = 22,
	MQTT_PROP_REQUEST_PROBLEM_INFO = 23,
	MQTT_PROP_WILL_DELAY = 24,
	MQTT_PROP_REQUEST_RESPONSE_INFO = 25,
	MQTT_PROP_RESPONSE_INFO = 26,
	MQTT_PROP_SERVER_REFERENCE = 28,
	MQTT_PROP_REASON_STRING = 31,
	MQTT_PROP_RECEIVE_MAXIMUM = 33,
	MQTT_PROP_TOPIC_ALIAS_MAXIMUM = 34,
	MQTT_PROP_TOPIC_ALIAS = 35,
	MQTT_PROP_MAXIMUM_QOS = 36,
	MQTT_PROP_RETAIN_AVAILABLE = 37,
	MQTT_PROP_USER = 38,
	MQTT_PROP_MAXIMUM_PACKET_SIZE = 39,
	MQTT_PROP_WILDCARD_AVAILABLE = 40,
	MQTT_PROP_SUBSCRIPTION_ID_AVAILABLE = 41,
	MQTT_PROP_SHARED_AVAILABLE = 42,
} MqttPropertyId;

#define MQTT_PROP_BIT(id) (UINT64_C(1) << (id))

/* How a property's value is written. */
typedef enum {
	MQTT_FORM_NONE, /* no such property */
	MQTT_FORM_U8,
	MQTT_FORM_U16,
	MQTT_FORM_U32,
	MQTT_FORM_VARINT,
	MQTT_FORM_STRING,
	MQTT_FORM_BINARY,
	MQTT_FORM_PAIR,
} MqttPropertyForm;

/* Only `present` and `raw` are always set; a value only if mqtt_has() its property. */
typedef struct {
	uint64_t present; /* MQTT_PROP_BIT() of what was there */
	VmqBytes raw;     /* the block; all that an encoder looks at */

	uint32_t expiry_s;
	uint32_t session_expiry_s;
	uint32_t will_delay_s;
	uint32_t maximum_packet_size;
	uint32_t subscription_id; /* the first; find others with mqtt_property_next() */
	uint16_t server_keep_alive_s;
	uint16_t receive_maximum;
	uint16_t topic_alias_maximum;
	uint16_t topic_alias;
	uint8_t  payload_format;
	uint8_t  maximum_qos;
	bool     request_problem_info;
	bool     request_response_info;
	bool     retain_available;
	bool     wildcard_available;
	bool     subscription_id_available;
	bool     shared_available;
	VmqBytes content_type;
	VmqBytes response_topic;
	VmqBytes correlation_data;
	VmqBytes assigned_client_id;
	VmqBytes auth_method;
	VmqBytes auth_data;
	VmqBytes response_info;
	VmqBytes server_reference;
	VmqBytes reason_string;
} MqttProperties;

static inline bool
mqtt_has(const MqttProperties *properties, MqttPropertyId id)
{
	return (properties->present & MQTT_PROP_BIT(id)) != 0;
}

/*
 * Checks the block of a packet of this type, and takes it apart. A will is no packet, but has a
 * block of its own: MQTT_WILL_PROPERTIES. VMQ_REASON_SUCCESS, or why not.
 */
#define MQTT_WILL_PROPERTIES 0u /* what no type is */
VmqReason mqtt_properties_read(VmqBytes block, unsigned type, MqttProperties *out);

/* The bits of the properties that a packet of this type may have (2.2.2.2). */
uint64_t mqtt_properties_legal(unsigned type);

/* MQTT_FORM_NONE for what is no identifier. */
MqttPropertyForm mqtt_property_form(unsigned id);

/* One property of a checked block: `number` or `value` by its form; `name` of a user property. */
typedef struct {
	MqttPropertyId id;
	uint32_t       number;
	VmqBytes       name, value;
} MqttProperty;

/* Walks a checked block: start with `rest` = properties.raw; false at the end. */
bool mqtt_property_next(VmqBytes *rest, MqttProperty *out);

/*
 * What of a checked PUBLISH or will block travels on to subscribers: Payload
 * Format, Content Type, Response Topic, Correlation Data and User Property, in
 * their order [MQTT-3.3.2-4, -15..-18, -20]. A slice of `block` where they stand together,
 * else a copy appended to `scratch`, which must outlive the answer unchanged.
 */
VmqBytes mqtt_properties_forwardable(VmqBytes block, Buf *scratch);

void mqtt_property_append_u8(Buf *block, MqttPropertyId id, uint8_t value);
void mqtt_property_append_u16(Buf *block, MqttPropertyId id, uint16_t value);
void mqtt_property_append_u32(Buf *block, MqttPropertyId id, uint32_t value);
void mqtt_property_append_varint(Buf *block, MqttPropertyId id, uint32_t value);
void mqtt_property_append_string(Buf *block, MqttPropertyId id, VmqBytes value); /* or binary */
void mqtt_property_append_user(Buf *block, VmqBytes name, VmqBytes value);
