/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.h - packets into bytes
 *
 * Each function appends one whole packet to `out`, in the dialect of `protocol`.
 * Of properties only `raw` is looked at, a block built with the writers of
 * property.h; MQTT 3 leaves it out.
 *
 * Fails:   never, on packets that fit: a packet longer than MQTT_MAX_REMAINING or
 *          a string longer than MQTT_MAX_STRING is a bug.
 */
#pragma once

#include "mqtt/packet.h"

#include <vibemq/message.h>

/* A PUBLISH before it is bytes. */
typedef struct {
	uint8_t         protocol;
	uint8_t         qos;
	bool            retain, dup;
	uint16_t        packet_id;   /* with QoS 1 and 2 */
	uint16_t        topic_alias; /* 0: none */
	VmqBytes        topic;       /* may be empty with an alias */
	VmqBytes        payload;
	VmqBytes        properties; /* a block of what travels: mqtt_properties_forwardable() */
	uint32_t        expiry_s;   /* or VMQ_NO_EXPIRY */
	const uint32_t *ids;        /* subscription identifiers, 1..268435455 */
	unsigned        n_ids;
} MqttPublishHead;

/* How long the whole packet will be, for the receiver's Maximum Packet Size [MQTT-3.1.2-24]. */
size_t mqtt_publish_size(const MqttPublishHead *head);

void mqtt_encode_publish(Buf *out, const MqttPublishHead *head);

/* All but the payload's bytes, which the caller sends himself. */
void mqtt_encode_publish_head(Buf *out, const MqttPublishHead *head);

/*
 * The same of fields that are bytes already, for a packet that goes to many: `topic` with its
 * length before it, and `rest`, all that stands behind the packet identifier (0: there is none).
 * `flags` are the lower four bits of the first byte.
 */
void mqtt_encode_publish_fields(Buf *out, unsigned flags, VmqBytes topic, uint16_t packet_id,
                                VmqBytes rest);

/* What servers say. CONNACK: false, and nothing appended, when MQTT 3 has no code for the reason
 * and the connection is to be closed without [MQTT-3.2.2-6 of 3.1.1]. */
bool mqtt_encode_connack(Buf *out, uint8_t protocol, const MqttConnack *connack);
void mqtt_encode_suback(Buf *out, uint8_t protocol, const MqttSuback *suback);
void mqtt_encode_unsuback(Buf *out, uint8_t protocol, const MqttSuback *unsuback);
void mqtt_encode_pingresp(Buf *out);

/* What both say. `type` is MQTT_PUBACK, _PUBREC, _PUBREL or _PUBCOMP. */
void mqtt_encode_ack(Buf *out, uint8_t protocol, MqttType type, const MqttAck *ack);
void mqtt_encode_disconnect(Buf *out, uint8_t protocol, const MqttDisconnect *disconnect);
void mqtt_encode_auth(Buf *out, const MqttAuth *auth);

/* What clients say. The filters of a SUBSCRIBE are those appended by mqtt_subscribe_append(). */
void mqtt_encode_connect(Buf *out, const MqttConnect *connect);
void mqtt_encode_subscribe(Buf *out, uint8_t protocol, const MqttSubscribe *subscribe);
void mqtt_encode_unsubscribe(Buf *out, uint8_t protocol, const MqttUnsubscribe *unsubscribe);
void mqtt_encode_pingreq(Buf *out);

/* Build the `filters` of a SUBSCRIBE or UNSUBSCRIBE. */
void mqtt_subscribe_append(Buf *filters, uint8_t protocol, const MqttSubscription *subscription);
void mqtt_unsubscribe_append(Buf *filters, VmqBytes filter);
