/* SPDX-License-Identifier: Apache-2.0 */
/* conn_out.c - what a client is told: the outlet of its session */
#include "net/conn_priv.h"

#include "base/metrics.h"
#include "core/core.h"
#include "mqtt/encode.h"
#include "net/mount.h"

#include <vibemq/log.h>

/* From here on a payload is sent from where it is: the copy would cost more than the reference. */
#define BY_REFERENCE 8192

/* The largest packet for this client [MQTT-3.1.2-24]; longer ones cannot be written at all. */
static size_t
largest(const Conn *conn)
{
	return MIN(conn->max_packet_size, MQTT_MAX_PACKET);
}

/* ---- topic aliases towards the client ---- */

/*
 * The first topics that are sent get the aliases there are: what a client hears
 * first it mostly hears for ever. Takes the topic out of the head if the client
 * knows the alias. An alias that would make the packet too large is not begun.
 */
static void
use_alias(Conn *conn, MqttPublishHead *head)
{
	g_autofree char *topic = g_strndup((const char *) head->topic.data, head->topic.size);

	if (conn->aliases_out == NULL)
		conn->aliases_out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	head->topic_alias =
		(uint16_t) GPOINTER_TO_UINT(g_hash_table_lookup(conn->aliases_out, topic));
	if (head->topic_alias != 0) {
		head->topic.size = 0;
		return;
	}
	if (g_hash_table_size(conn->aliases_out) >= conn->alias_maximum_out)
		return; /* [MQTT-3.1.2-26] */
	head->topic_alias = (uint16_t) (g_hash_table_size(conn->aliases_out) + 1);
	if (mqtt_publish_size(head) > largest(conn))
		head->topic_alias = 0;
	else
		g_hash_table_insert(conn->aliases_out, g_steal_pointer(&topic),
		                    GUINT_TO_POINTER(head->topic_alias));
}

/* ---- PUBLISH ---- */

static void
unref_msg(void *msg)
{
	vmq_msg_unref(msg);
}

static OutletResult
refuse_large(const Conn *conn, size_t size)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(core.counters.dropped_too_large, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_info("conn",
		         "not sent: a packet of %zu bytes, client=%s at %s takes %zu "
		         "(%u more since the last such line)",
		         size, conn->client.id, conn->client.address, largest(conn), held);
	return OUTLET_TOO_LARGE;
}

/* Does it go to this client as it goes to every other of its protocol? Most do. */
static bool
is_common(const Conn *conn, const Delivery *delivery)
{
	const VmqMsg *msg = delivery->msg;

	if (msg_bytes(msg) >= BY_REFERENCE || conn->mount != NULL)
		return false;
	return conn->client.protocol != 5 ||
	       (delivery->n_ids == 0 && msg->expires_ms == 0 && conn->alias_maximum_out == 0 &&
	        conn->max_packet_size == UINT32_MAX);
}

static void
send_common(Conn *conn, const Delivery *delivery, uint16_t packet_id, bool dup)
{
	const VmqMsg *msg = delivery->msg;
	unsigned      flags = (unsigned) dup << 3 | (unsigned) delivery->qos << 1 | delivery->retain;

	mqtt_encode_publish_fields(stream_out(conn->stream), flags, msg_topic_field(msg), packet_id,
	                           conn->client.protocol == 5 ? msg_rest(msg) : msg_payload(msg));
}

/* What is encoded for this client alone. */
static OutletResult
send_special(Conn *conn, const Delivery *delivery, uint16_t packet_id, bool dup)
{
	const VmqMsg   *msg = delivery->msg;
	MqttPublishHead head = {
		.protocol = conn->client.protocol,
		.dup = dup,
		.qos = delivery->qos,
		.retain = delivery->retain,
		.packet_id = packet_id,
		.topic = msg_topic(msg),
		.payload = msg_payload(msg),
		.expiry_s = VMQ_NO_EXPIRY,
	};

	if (conn->mount != NULL && !mount_strip(conn->mount, &head.topic))
		return OUTLET_TOO_LARGE; /* it is no topic of this client's: never */
	if (head.protocol == 5) {
		head.properties = msg_properties(msg);
		head.n_ids = delivery->n_ids;
		head.ids = delivery_ids(delivery);
		if (msg->expires_ms != 0)
			head.expiry_s = msg_expiry_s(msg, vmq_now_ms()); /* [MQTT-3.3.2-6] */
		if (conn->alias_maximum_out > 0)
			use_alias(conn, &head);
	}

	/* With its topic in place of an alias, or properties, it may be longer than it came. */
	size_t size = mqtt_publish_size(&head);
	Buf   *out = stream_out(conn->stream);

	if (size > largest(conn))
		return refuse_large(conn, size); /* [MQTT-3.1.2-25] */

	if (head.payload.size >= BY_REFERENCE) {
		mqtt_encode_publish_head(out, &head);
		stream_write_ref(conn->stream, head.payload, vmq_msg_ref(delivery->msg), unref_msg);
	} else {
		mqtt_encode_publish(out, &head);
	}
	return OUTLET_SENT;
}

static OutletResult
on_publish(void *data, const Delivery *delivery, uint16_t packet_id, bool dup)
{
	Conn        *conn = data;
	OutletResult result = OUTLET_SENT;

	if (is_common(conn, delivery))
		send_common(conn, delivery, packet_id, dup);
	else
		result = send_special(conn, delivery, packet_id, dup);
	if (result == OUTLET_SENT) {
		metrics_add(core.counters.publishes_out, 1);
		metrics_add(core.counters.payload_out, delivery->msg->payload_size);
	}
	return result;
}

static void
on_pubrel(void *data, uint16_t packet_id)
{
	Conn *conn = data;

	mqtt_encode_ack(conn_out(conn), conn->client.protocol, MQTT_PUBREL,
	                &(MqttAck){.packet_id = packet_id});
}

static bool
on_has_room(void *data)
{
	const Conn *conn = data;
	bool        has_room = vmq_stream_get_unsent(conn->stream) < core_limits()->max_unsent_bytes;

	if (!has_room)
		stream_want_drained(conn->stream); /* then the session sends on */
	return has_room;
}

static void
on_expect(void *data)
{
	const Conn *conn = data;

	stream_expect(conn->stream);
}

static void
on_hold(void *data)
{
	Conn *conn = data;

	conn->held = true;
	conn_look_at_reading(conn);
}

static void
on_release(void *data)
{
	Conn *conn = data;

	conn->held = false;
	conn->last_seen_ms = vmq_now_ms(); /* what it said meanwhile was not heard */
	conn_look_at_reading(conn);
}

static void
on_close(void *data, VmqReason reason)
{
	conn_close_later(data, reason, "it cannot keep up");
}

static void
on_evict(void *data)
{
	conn_close(data, VMQ_REASON_SESSION_TAKEN_OVER, "its client connected again");
}

const SessionOutlet conn_outlet = {
	.publish = on_publish,
	.pubrel = on_pubrel,
	.has_room = on_has_room,
	.expect = on_expect,
	.hold = on_hold,
	.release = on_release,
	.close = on_close,
	.evict = on_evict,
};
