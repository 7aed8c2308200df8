/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - the small values everything else is made of */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vibemq/abi.h>

G_BEGIN_DECLS

/* A slice of somebody else's bytes: never owned, not terminated. */
typedef struct {
	const uint8_t *data;
	size_t         size;
} VmqBytes;

/*
 * Names a sink or a connection, on whatever worker it lives. An address stays
 * valid as a value for ever: when its owner is gone, what is sent to it is
 * lost, and nothing else happens. All zero names nobody.
 */
typedef struct {
	uint64_t worker     : 8;
	uint64_t generation : 24; /* never 0 for a living owner */
	uint64_t slot       : 32;
} VmqAddr;

#define VMQ_ADDR_NONE ((VmqAddr){0})

static inline bool
vmq_addr_equal(VmqAddr a, VmqAddr b)
{
	return a.worker == b.worker && a.generation == b.generation && a.slot == b.slot;
}

static inline bool
vmq_addr_is_none(VmqAddr addr)
{
	return addr.generation == 0;
}

/*
 * MQTT 5.0 reason codes (MQTT 5.0, 2.4). Success and the granted QoS are below
 * 0x80, failures are not. MQTT 3 return codes are derived where they are sent.
 */
typedef enum {
	VMQ_REASON_SUCCESS = 0x00,
	VMQ_REASON_GRANTED_QOS_1 = 0x01,
	VMQ_REASON_GRANTED_QOS_2 = 0x02,
	VMQ_REASON_DISCONNECT_WITH_WILL = 0x04,
	VMQ_REASON_NO_MATCHING_SUBSCRIBERS = 0x10,
	VMQ_REASON_NO_SUBSCRIPTION_EXISTED = 0x11,
	VMQ_REASON_CONTINUE_AUTHENTICATION = 0x18,
	VMQ_REASON_RE_AUTHENTICATE = 0x19,
	VMQ_REASON_UNSPECIFIED = 0x80,
	VMQ_REASON_MALFORMED_PACKET = 0x81,
	VMQ_REASON_PROTOCOL_ERROR = 0x82,
	VMQ_REASON_IMPLEMENTATION_SPECIFIC = 0x83,
	VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION = 0x84,
	VMQ_REASON_CLIENT_ID_NOT_VALID = 0x85,
	VMQ_REASON_BAD_USER_NAME_OR_PASSWORD = 0x86,
	VMQ_REASON_NOT_AUTHORIZED = 0x87,
	VMQ_REASON_SERVER_UNAVAILABLE = 0x88,
	VMQ_REASON_SERVER_BUSY = 0x89,
	VMQ_REASON_BANNED = 0x8A,
	VMQ_REASON_SERVER_SHUTTING_DOWN = 0x8B,
	VMQ_REASON_BAD_AUTHENTICATION_METHOD = 0x8C,
	VMQ_REASON_KEEP_ALIVE_TIMEOUT = 0x8D,
	VMQ_REASON_SESSION_TAKEN_OVER = 0x8E,
	VMQ_REASON_TOPIC_FILTER_INVALID = 0x8F,
	VMQ_REASON_TOPIC_NAME_INVALID = 0x90,
	VMQ_REASON_PACKET_ID_IN_USE = 0x91,
	VMQ_REASON_PACKET_ID_NOT_FOUND = 0x92,
	VMQ_REASON_RECEIVE_MAXIMUM_EXCEEDED = 0x93,
	VMQ_REASON_TOPIC_ALIAS_INVALID = 0x94,
	VMQ_REASON_PACKET_TOO_LARGE = 0x95,
	VMQ_REASON_MESSAGE_RATE_TOO_HIGH = 0x96,
	VMQ_REASON_QUOTA_EXCEEDED = 0x97,
	VMQ_REASON_ADMINISTRATIVE_ACTION = 0x98,
	VMQ_REASON_PAYLOAD_FORMAT_INVALID = 0x99,
	VMQ_REASON_RETAIN_NOT_SUPPORTED = 0x9A,
	VMQ_REASON_QOS_NOT_SUPPORTED = 0x9B,
	VMQ_REASON_USE_ANOTHER_SERVER = 0x9C,
	VMQ_REASON_SERVER_MOVED = 0x9D,
	VMQ_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E,
	VMQ_REASON_CONNECTION_RATE_EXCEEDED = 0x9F,
	VMQ_REASON_MAXIMUM_CONNECT_TIME = 0xA0,
	VMQ_REASON_SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1,
	VMQ_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2,
} VmqReason;

static inline bool
vmq_reason_is_failure(VmqReason reason)
{
	return reason >= 0x80;
}

/* The name the standard gives a reason code, for logs: "Not authorized". */
VMQ_EXPORT const char *vmq_reason_name(VmqReason reason);

G_END_DECLS
