/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - the frozen message, from inside
 *
 * One block of memory: the header, then topic, properties and payload as a PUBLISH
 * of MQTT 5 carries them, lengths included, so that encoding one is a copy of the
 * topic, perhaps a packet identifier, and a copy of the rest.
 *
 * Threads: immutable; any thread with a reference. The count is atomic.
 */
#pragma once

#include "core/client.h"

#include <vibemq/message.h>

struct VmqMsg {
	gint        refs;
	uint8_t     qos;
	bool        retain;
	uint8_t     length_size; /* of the varint before the properties */
	uint16_t    topic_size;
	uint32_t    properties_size, payload_size;
	uint32_t    source_size; /* 0: nobody is known to have published it */
	int64_t     expires_ms; /* monotonic; 0: never */
	VmqStamp    stamp;
	_Atomic uint64_t retained_as; /* its number in the store of retained messages; 0: not there */
	const char      *origin;      /* interned; NULL: this node */
	VmqAddr     publisher;
	uint8_t     body[]; /* u16 topic size (big endian), topic, varint, properties, payload; then
	                       of a retained one client id and user name, each with its NUL */
};

#define MSG_TOPIC_AT 2

static inline VmqBytes
msg_topic(const VmqMsg *msg)
{
	return (VmqBytes){msg->body + MSG_TOPIC_AT, msg->topic_size};
}

static inline VmqBytes
msg_properties(const VmqMsg *msg)
{
	return (VmqBytes){msg->body + MSG_TOPIC_AT + msg->topic_size + msg->length_size,
	                  msg->properties_size};
}

static inline VmqBytes
msg_payload(const VmqMsg *msg)
{
	VmqBytes properties = msg_properties(msg);

	return (VmqBytes){properties.data + properties.size, msg->payload_size};
}

/* The topic with its length. */
static inline VmqBytes
msg_topic_field(const VmqMsg *msg)
{
	return (VmqBytes){msg->body, MSG_TOPIC_AT + msg->topic_size};
}

/* Length, properties and payload: what MQTT 5 has behind the packet identifier. */
static inline VmqBytes
msg_rest(const VmqMsg *msg)
{
	return (VmqBytes){msg->body + MSG_TOPIC_AT + msg->topic_size,
	                  msg->length_size + msg->properties_size + msg->payload_size};
}

/* What it takes up, for byte limits. */
static inline size_t
msg_bytes(const VmqMsg *msg)
{
	return sizeof(VmqMsg) + msg_topic_field(msg).size + msg_rest(msg).size + msg->source_size;
}

static inline bool
msg_is_expired(const VmqMsg *msg, int64_t now_ms)
{
	return msg->expires_ms != 0 && msg->expires_ms <= now_ms;
}

/* Who published a retained message, as far as is known of him later; false: it is not known. */
bool msg_source(const VmqMsg *msg, VmqClient *client);

/* Seconds left at `now_ms`, rounded up; VMQ_NO_EXPIRY when it never expires. */
uint32_t msg_expiry_s(const VmqMsg *msg, int64_t now_ms);

/* Copies all that the draft points to. `retain` as the draft says. */
VmqMsg *msg_freeze(const VmqDraft *draft, int64_t now_ms);
