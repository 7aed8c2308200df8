/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - the frozen message, from inside */
#include "core/message.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "core/core.h"
#include "mqtt/writer.h"

/* Of a message that is retained it is remembered who published it: he may lose the right to. */
static size_t
source_bytes(const VmqDraft *draft)
{
	const VmqClient *client = draft->client;

	if (!draft->retain || client == NULL)
		return 0;
	return strlen(client->id) + 1 +
	       (client->username != NULL ? strlen(client->username) + 1 : 0);
}

static void
put_source(uint8_t *at, const VmqClient *client)
{
	size_t size = strlen(client->id) + 1;

	memcpy(at, client->id, size);
	if (client->username != NULL)
		memcpy(at + size, client->username, strlen(client->username) + 1);
}

bool
msg_source(const VmqMsg *msg, VmqClient *client)
{
	VmqBytes    payload = msg_payload(msg);
	const char *id = (const char *) payload.data + payload.size;
	size_t      size = msg->source_size > 0 ? strlen(id) + 1 : 0;

	*client = (VmqClient){
		.id = id, .username = msg->source_size > size ? id + size : NULL, .address = "-"};
	return size > 0;
}

/* On whatever thread holds the last reference: nearly always a worker. */
static void
count(int messages, int64_t bytes)
{
	if (metrics_row != NULL) {
		metrics_add(core.counters.messages, messages);
		metrics_add(core.counters.message_bytes, bytes);
	} else {
		vmq_counter_add(core.counters.messages, messages);
		vmq_counter_add(core.counters.message_bytes, bytes);
	}
}

VmqMsg *
msg_freeze(const VmqDraft *draft, int64_t now_ms)
{
	g_assert(draft->topic.size <= UINT16_MAX);
	size_t  length_size = writer_varint_size((uint32_t) draft->properties.size);
	size_t  source_size = source_bytes(draft);
	VmqMsg *msg = g_malloc(sizeof(VmqMsg) + MSG_TOPIC_AT + draft->topic.size + length_size +
	                       draft->properties.size + draft->payload.size + source_size);

	*msg = (VmqMsg){
		.refs = 1,
		.qos = draft->qos,
		.retain = draft->retain,
		.length_size = (uint8_t) length_size,
		.topic_size = (uint16_t) draft->topic.size,
		.properties_size = (uint32_t) draft->properties.size,
		.payload_size = (uint32_t) draft->payload.size,
		.source_size = (uint32_t) source_size,
		.stamp = draft->stamp,
		.origin = draft->origin,
		.publisher = draft->publisher,
	};
	if (draft->expiry_s != VMQ_NO_EXPIRY)
		msg->expires_ms = now_ms + (int64_t) draft->expiry_s * 1000;

	count(1, msg->payload_size);

	uint8_t *at = writer_put_be16(msg->body, msg->topic_size);

	at = writer_put_bytes(at, draft->topic);
	at = writer_put_varint(at, msg->properties_size);
	at = writer_put_bytes(at, draft->properties);
	at = writer_put_bytes(at, draft->payload);
	if (source_size > 0)
		put_source(at, draft->client);
	return msg;
}

uint32_t
msg_expiry_s(const VmqMsg *msg, int64_t now_ms)
{
	if (msg->expires_ms == 0)
		return VMQ_NO_EXPIRY;
	if (msg->expires_ms <= now_ms)
		return 0;
	return (uint32_t) ((msg->expires_ms - now_ms + 999) / 1000);
}

VmqMsg *
vmq_msg_ref(VmqMsg *msg)
{
	g_atomic_int_inc(&msg->refs);
	return msg;
}

void
vmq_msg_unref(VmqMsg *msg)
{
	if (msg == NULL)
		return;
	/* Nobody can take another reference while ours is the only one. */
	if (g_atomic_int_get(&msg->refs) != 1 && !g_atomic_int_dec_and_test(&msg->refs))
		return;
	count(-1, -(int64_t) msg->payload_size);
	g_free(msg);
}

VmqBytes
vmq_msg_get_topic(const VmqMsg *msg)
{
	return msg_topic(msg);
}

VmqBytes
vmq_msg_get_payload(const VmqMsg *msg)
{
	return msg_payload(msg);
}

VmqBytes
vmq_msg_get_properties(const VmqMsg *msg)
{
	return msg_properties(msg);
}

uint8_t
vmq_msg_get_qos(const VmqMsg *msg)
{
	return msg->qos;
}

bool
vmq_msg_get_retain(const VmqMsg *msg)
{
	return msg->retain;
}

const char *
vmq_msg_get_origin(const VmqMsg *msg)
{
	return msg->origin;
}

VmqStamp
vmq_msg_get_stamp(const VmqMsg *msg)
{
	return msg->stamp;
}

VmqAddr
vmq_msg_get_publisher(const VmqMsg *msg)
{
	return msg->publisher;
}

uint32_t
vmq_msg_get_expiry_s(const VmqMsg *msg)
{
	return msg->expires_ms == 0 ? VMQ_NO_EXPIRY : msg_expiry_s(msg, clock_monotonic_ms());
}
