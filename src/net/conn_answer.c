/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_answer.c - what a client is answered, in as many words as it wants and takes
 *
 * Reason Strings go to clients that have not said Request Problem Information 0, and
 * only where the packet stays below their Maximum Packet Size. A packet that is too
 * large without them, too, is not sent: whom we cannot answer we do not keep.
 */
#include "net/conn_priv.h"

#include "core/core.h"
#include "mqtt/encode.h"

#include <string.h>

/* Its identifier and length; and the packet's two lengths may grow by a byte each. */
#define WORDS_MOST 5

/*
 * Adds why to the properties of a packet that is `bare` bytes long without it
 * [MQTT-3.1.2-29], [MQTT-3.4.2-2], [MQTT-3.5.2-2], [MQTT-3.9.2-1], [MQTT-3.14.2-3].
 */
static void
explain(const Conn *conn, const char *why, size_t bare, Buf *properties)
{
	if (why == NULL || conn->client.protocol != MQTT_V5 || !conn->problem_info ||
	    bare + WORDS_MOST + strlen(why) > conn->max_packet_size)
		return;
	mqtt_property_append_string(properties, MQTT_PROP_REASON_STRING,
	                            (VmqBytes){(const uint8_t *) why, strlen(why)});
}

bool
conn_take_back(Conn *conn, size_t before)
{
	Buf *out = stream_out(conn->stream);

	if (buf_size(out) - before <= conn->max_packet_size)
		return false;
	out->end = out->start + before;
	metrics_add(core.counters.packets_out, -1);
	return true;
}

static void
check(Conn *conn, size_t before)
{
	if (conn_take_back(conn, before)) /* [MQTT-3.1.2-24] */
		conn_close_later(conn, VMQ_REASON_PACKET_TOO_LARGE,
		                 "it takes no packet as large as its answer");
}

void
conn_answer(Conn *conn, MqttType type, uint16_t packet_id, VmqReason reason, const char *why)
{
	MqttAck ack = {.packet_id = packet_id, .reason = reason};
	Buf    *out = conn_out(conn), properties = {0};
	size_t  before = buf_size(out);

	explain(conn, why, 6, &properties);
	ack.properties.raw = buf_bytes(&properties);
	mqtt_encode_ack(out, conn->client.protocol, type, &ack);
	buf_free(&properties);
	check(conn, before);
}

void
conn_answer_filters(Conn *conn, MqttType type, uint16_t packet_id, VmqBytes reasons,
                    const char *why)
{
	MqttSuback suback = {.packet_id = packet_id, .reasons = reasons};
	Buf       *out = conn_out(conn), properties = {0};
	size_t     before = buf_size(out);

	explain(conn, why, 8 + reasons.size, &properties);
	suback.properties.raw = buf_bytes(&properties);
	if (type == MQTT_SUBACK)
		mqtt_encode_suback(out, conn->client.protocol, &suback);
	else
		mqtt_encode_unsuback(out, conn->client.protocol, &suback);
	buf_free(&properties);
	check(conn, before);
}

void
conn_disconnect(Conn *conn, VmqReason reason, const char *why)
{
	MqttDisconnect disconnect = {.reason = reason};
	Buf           *out = conn_out(conn), properties = {0};
	size_t         before = buf_size(out);

	conn_append_reference(conn, reason, &properties);
	explain(conn, why, 4 + buf_size(&properties), &properties);
	disconnect.properties.raw = buf_bytes(&properties);
	mqtt_encode_disconnect(out, conn->client.protocol, &disconnect);
	buf_free(&properties);
	conn_take_back(conn, before);
}
