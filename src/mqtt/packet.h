/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - the control packets of MQTT 3.1, 3.1.1 and 5.0 as structs
 *
 * The same structs come out of decode.h and go into encode.h. Chapter numbers
 * and statements are those of MQTT 5.0 unless another version is named.
 *
 * Memory:  every slice borrows from the bytes that were decoded.
 */
#pragma once

#include "mqtt/property.h"

#include <vibemq/types.h>

/* Protocol Level bytes [MQTT-3.1.2-2]. They compare as the versions do. */
#define MQTT_V3_1 3
#define MQTT_V3_1_1 4
#define MQTT_V5 5

#define MQTT_MAX_REMAINING 268435455u /* what four length bytes can say (1.5.5) */
#define MQTT_MAX_PACKET (MQTT_MAX_REMAINING + 5u)
#define MQTT_MAX_STRING 65535u

typedef enum {
	MQTT_CONNECT = 1,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
	MQTT_AUTH,
} MqttType;

#define MQTT_N_TYPES 16 /* for arrays indexed by type */

typedef struct {
	VmqBytes       topic;
	VmqBytes       payload;
	uint8_t        qos;
	bool           retain;
	MqttProperties properties;
} MqttWill;

typedef struct {
	uint8_t        level; /* MQTT_V3_1, MQTT_V3_1_1 or MQTT_V5 */
	bool           is_mqtt; /* the protocol name is one of MQTT's, whatever the level */
	bool           clean_start;
	bool           has_will, has_username, has_password;
	uint16_t       keep_alive_s;
	VmqBytes       client_id; /* may be empty; whether that is allowed is for others to say */
	VmqBytes       username;
	VmqBytes       password;
	MqttWill       will; /* only if has_will */
	MqttProperties properties;
} MqttConnect;

typedef struct {
	bool           session_present;
	VmqReason      reason; /* MQTT 3 return codes are turned into reasons */
	MqttProperties properties;
} MqttConnack;

typedef struct {
	VmqBytes       topic; /* empty only with a topic alias */
	VmqBytes       payload;
	uint16_t       packet_id; /* 0 with QoS 0 */
	uint8_t        qos;
	bool           retain, dup;
	MqttProperties properties;
} MqttPublish;

/* PUBACK, PUBREC, PUBREL and PUBCOMP */
typedef struct {
	uint16_t       packet_id;
	VmqReason      reason;
	MqttProperties properties;
} MqttAck;

typedef struct {
	VmqBytes filter;
	uint8_t  qos;             /* 0..2, the most that is wanted */
	uint8_t  retain_handling; /* 0 send, 1 send if new, 2 do not send (3.8.3.1) */
	bool     no_local;
	bool     retain_as_published;
} MqttSubscription;

/* SUBSCRIBE and UNSUBSCRIBE: walk `filters` with the functions below. */
typedef struct {
	uint16_t       packet_id;
	unsigned       n_filters; /* at least 1 */
	VmqBytes       filters;   /* checked, as they came */
	MqttProperties properties;
} MqttSubscribe;

typedef MqttSubscribe MqttUnsubscribe;

/* SUBACK and UNSUBACK: one byte for each filter, none in an UNSUBACK of MQTT 3. */
typedef struct {
	uint16_t       packet_id;
	VmqBytes       reasons; /* reason codes, each one byte */
	MqttProperties properties;
} MqttSuback;

/* DISCONNECT and AUTH */
typedef struct {
	VmqReason      reason;
	MqttProperties properties;
} MqttDisconnect;

typedef MqttDisconnect MqttAuth;

typedef struct {
	MqttType type;
	union {
		MqttConnect     connect;
		MqttConnack     connack;
		MqttPublish     publish;
		MqttAck         ack;
		MqttSubscribe   subscribe;
		MqttUnsubscribe unsubscribe;
		MqttSuback      suback; /* UNSUBACK too */
		MqttDisconnect  disconnect;
		MqttAuth        auth;
	}; /* PINGREQ and PINGRESP have nothing */
} MqttPacket;

/* "PUBLISH"; "reserved" for what is no type. */
const char *mqtt_type_name(MqttType type);

/*
 * Walk the filters of a decoded packet: start with `rest` = packet->filters;
 * false at the end.
 *
 *     for (VmqBytes rest = packet->filters; mqtt_subscribe_next(&rest, protocol, &s);)
 */
bool mqtt_subscribe_next(VmqBytes *rest, uint8_t protocol, MqttSubscription *subscription);
bool mqtt_unsubscribe_next(VmqBytes *rest, VmqBytes *filter);
