/* SPDX-License-Identifier: Apache-2.0 */
/* conn.c - the life of a connection, and what is legal when */
#include "net/conn_priv.h"

#include "base/metrics.h"
#include "core/core.h"
#include "core/hooks.h"
#include "core/publish.h"
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "net/door.h"

#include <vibemq/log.h>

/* Of answers that a client does not read, so much waits for it. */
#define ANSWER_BYTES (64 * 1024)

/* ---- the worker's list ---- */

static _Thread_local Conn     *first_conn;
static _Thread_local VmqReason goodbye; /* of conns_close_all(); VMQ_REASON_SUCCESS: not yet */

void
conn_list_add(Conn *conn)
{
	conn->prev = NULL;
	conn->next = first_conn;
	if (first_conn != NULL)
		first_conn->prev = conn;
	first_conn = conn;
}

void
conn_list_remove(Conn *conn)
{
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		first_conn = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
}

void
conns_close_all(VmqReason reason)
{
	goodbye = reason;
	for (Conn *conn = first_conn, *next; conn != NULL; conn = next) {
		next = conn->next;
		conn_close(conn, reason, "the broker stops");
	}
}

VmqReason
conn_goodbye(void)
{
	return goodbye;
}

/* ---- states ---- */

static const char *const state_names[CONN_N_STATES] = {
	[CONN_GREETING] = "greeting",
	[CONN_ASKING] = "asking",
	[CONN_AUTHENTICATING] = "authenticating",
	[CONN_MOVING] = "moving",
	[CONN_ACTIVE] = "active",
	[CONN_CLOSING] = "closing",
};

/* Forward, or back and forth between asking a plugin and asking the client. */
void
conn_set_state(Conn *conn, ConnState next)
{
	g_assert(next > conn->state || (conn->state == CONN_AUTHENTICATING && next == CONN_ASKING));
	vmq_debug("conn", "%s: %s -> %s", conn->client.address, state_names[conn->state],
	          state_names[next]);
	conn->state = (uint8_t) next;

	/* Until a plugin has answered, and while it travels, what comes stays in the stream. */
	if (next != CONN_CLOSING)
		vmq_stream_set_reading(conn->stream, next != CONN_ASKING && next != CONN_MOVING);
}

typedef VmqReason (*Handler)(Conn *conn, const MqttPacket *packet);

/* What is legal when. An empty cell is a protocol error; there is no other check. */
static const Handler handlers[CONN_N_STATES][MQTT_N_TYPES] = {
	[CONN_GREETING][MQTT_CONNECT] = conn_on_connect, /* [MQTT-3.1.0-1] */

	[CONN_AUTHENTICATING][MQTT_AUTH] = conn_on_auth,
	[CONN_AUTHENTICATING][MQTT_DISCONNECT] = conn_on_disconnect,

	[CONN_ACTIVE][MQTT_PUBLISH] = conn_on_publish,
	[CONN_ACTIVE][MQTT_PUBACK] = conn_on_puback,
	[CONN_ACTIVE][MQTT_PUBREC] = conn_on_pubrec,
	[CONN_ACTIVE][MQTT_PUBREL] = conn_on_pubrel,
	[CONN_ACTIVE][MQTT_PUBCOMP] = conn_on_pubcomp,
	[CONN_ACTIVE][MQTT_SUBSCRIBE] = conn_on_subscribe,
	[CONN_ACTIVE][MQTT_UNSUBSCRIBE] = conn_on_unsubscribe,
	[CONN_ACTIVE][MQTT_PINGREQ] = conn_on_pingreq,
	[CONN_ACTIVE][MQTT_DISCONNECT] = conn_on_disconnect,
	[CONN_ACTIVE][MQTT_AUTH] = conn_on_auth,
};

/* ---- closing ---- */

static void
on_free(TurnTask *task)
{
	Conn *conn = (Conn *) ((char *) task - G_STRUCT_OFFSET(Conn, later));

	for (unsigned i = 0; i < conn->n_aliases; i++)
		g_free(conn->aliases[i]);
	g_free(conn->aliases);
	g_clear_pointer(&conn->aliases_out, g_hash_table_unref);
	greeting_free(conn->greeting);
	g_free(conn->auth_method);
	g_free((char *) conn->client.id);
	g_free((char *) conn->client.username);
	g_free((char *) conn->client.address);
	g_free(conn);
}

/* Why somebody was not let in is for the log alone; that we stop, the reason says already. */
static const char *
words_for(VmqReason reason, const char *why)
{
	switch ((unsigned) reason) {
	case VMQ_REASON_NOT_AUTHORIZED:
	case VMQ_REASON_BAD_USER_NAME_OR_PASSWORD:
	case VMQ_REASON_SERVER_SHUTTING_DOWN:
	case VMQ_REASON_USE_ANOTHER_SERVER:
	case VMQ_REASON_SERVER_MOVED:
		return NULL;
	default:
		return g_str_equal(why, vmq_reason_name(reason)) ? NULL : why;
	}
}

/* The last packet, if this client understands one. */
static void
say_goodbye(Conn *conn, ConnState state, VmqReason reason, const char *why)
{
	if (reason == VMQ_REASON_SUCCESS)
		return;
	if (state == CONN_ACTIVE && conn->client.protocol == 5)
		conn_disconnect(conn, reason, words_for(reason, why));
	else if (state == CONN_AUTHENTICATING || state == CONN_ASKING || state == CONN_MOVING)
		conn_refuse(conn, reason);
}

static void
log_end(const Conn *conn, ConnState state, VmqReason reason, const char *why)
{
	static VmqLogGate gate;
	unsigned          held;
	const char       *id = conn->client.id != NULL ? conn->client.id : "-";

	if (reason == VMQ_REASON_SUCCESS && state != CONN_GREETING) {
		vmq_debug("conn", "closed: client=%s at %s: %s", id, conn->client.address, why);
		return;
	}
	if (vmq_log_gate(&gate, 100, &held))
		vmq_info("conn",
		         "closed: client=%s at %s: %s (%s; %u more since the last such line)", id,
		         conn->client.address, why,
		         reason == VMQ_REASON_SUCCESS ? "no goodbye" : vmq_reason_name(reason),
		         held);
}

static void
leave_session(Conn *conn, VmqReason reason)
{
	Session *session = g_steal_pointer(&conn->session);

	if (session == NULL)
		return;
	vmq_counter_add(core.counters.disconnects, 1);
	session_detach(session, conn->normal_end ? WILL_DROPPED : WILL_DUE);
	/* Last: what is published from there may be for this very session. */
	hooks_client_offline(&conn->client, reason);
}

void
conn_close(Conn *conn, VmqReason reason, const char *why)
{
	ConnState state = conn->state;

	if (state == CONN_CLOSING)
		return;
	worker_cancel(worker_here(), &conn->later);
	say_goodbye(conn, state, reason, why);
	log_end(conn, state, reason, why);
	conn_set_state(conn, CONN_CLOSING);
	worker_stop_timer(worker_here(), &conn->timer);
	conn_end_exchange(conn);
	conn_list_remove(conn);
	door_leave(conn->listener, conn->stream);
	stream_finish(g_steal_pointer(&conn->stream));
	leave_session(conn, reason);
	conn->later.run = on_free;
	worker_at_turn_end(worker_here(), TURN_FREE, &conn->later);
}

static void
on_close_later(TurnTask *task)
{
	Conn *conn = (Conn *) ((char *) task - G_STRUCT_OFFSET(Conn, later));

	conn_close(conn, conn->close_reason, conn->close_why);
}

void
conn_close_later(Conn *conn, VmqReason reason, const char *why)
{
	if (conn->state == CONN_CLOSING)
		return;
	conn->close_reason = (uint8_t) reason;
	conn->close_why = why;
	conn->later.run = on_close_later;
	worker_at_turn_end(worker_here(), TURN_POST, &conn->later);
}

/* ---- bytes ---- */

static uint32_t
packet_limit(const Conn *conn)
{
	const Limits *limits = core_limits();

	return conn->state == CONN_ACTIVE ? limits->max_packet_size
	                                  : MIN(limits->max_connect_size, limits->max_packet_size);
}

/* What is wrong with a packet, for the log. */
static const char *
fault(const Conn *conn, VmqReason reason)
{
	if (reason != VMQ_REASON_PACKET_TOO_LARGE)
		return vmq_reason_name(reason);
	vmq_counter_add(core.counters.packets_too_large, 1);
	return conn->state == CONN_ACTIVE ? "limits.max_packet_size" : "limits.max_connect_size";
}

static void
fail(Conn *conn, VmqReason reason, const char *why)
{
	vmq_counter_add(core.counters.malformed, 1);
	conn_close(conn, reason, why);
}

/*
 * Before a CONNECT was read: whoever it is may not speak MQTT at all, and then gets no answer. MQTT 3
 * wants none to a CONNECT that is ill-formed [MQTT-3.1.4-1 of 3.1.1], MQTT 5 allows it.
 */
static void
fail_greeting(Conn *conn, const MqttPacket *packet, VmqReason reason)
{
	if (packet->type == MQTT_CONNECT && packet->connect.is_mqtt &&
	    (reason == VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION ||
	     packet->connect.level == MQTT_V5)) {
		conn->client.protocol = MIN(packet->connect.level, MQTT_V5);
		conn_refuse(conn, reason);
	}
	fail(conn, VMQ_REASON_SUCCESS, fault(conn, reason));
}

static void
dispatch(Conn *conn, const MqttPacket *packet)
{
	Handler handler = handlers[conn->state][packet->type];

	metrics_add(core.counters.packets_in, 1);
	if (handler == NULL) {
		fail(conn, VMQ_REASON_PROTOCOL_ERROR, "a packet that is not legal now");
		return;
	}

	VmqReason reason = handler(conn, packet);

	if (vmq_reason_is_failure(reason))
		conn_close(conn, reason, vmq_reason_name(reason));
}

static bool
is_listening(const Conn *conn)
{
	return conn->state == CONN_GREETING || conn->state == CONN_AUTHENTICATING ||
	       conn->state == CONN_ACTIVE;
}

/* Returns how many bytes it took. */
static size_t
take_packets(Conn *conn, VmqBytes bytes)
{
	size_t all = bytes.size;

	while (bytes.size > 0 && is_listening(conn)) {
		MqttPacket packet;
		size_t     used;
		VmqReason  reason;

		if (publish_wants_topics())
			conn_look_ahead(conn, bytes);
		switch (mqtt_decode(bytes, conn->client.protocol, packet_limit(conn), &packet,
		                    &used, &reason)) {
		case MQTT_NEED_MORE:
			return all - bytes.size;
		case MQTT_BAD:
			if (conn->state == CONN_GREETING)
				fail_greeting(conn, &packet, reason);
			else
				fail(conn, reason, fault(conn, reason));
			return all;
		case MQTT_DECODED:
			bytes.data += used;
			bytes.size -= used;
			dispatch(conn, &packet);
			break;
		}
	}
	return all - bytes.size;
}

/*
 * Answers have room beyond what is sent unasked: up to the bound, and the packet that passes it.
 * But who asks on and reads no answer is not listened to until it has read all; meanwhile its
 * keep alive runs.
 */
static bool
is_deaf(const Conn *conn)
{
	const Limits *limits = core_limits();

	return vmq_stream_get_unsent(conn->stream) >=
	       limits->max_unsent_bytes + limits->max_packet_size + ANSWER_BYTES;
}

void
conn_look_at_reading(Conn *conn)
{
	vmq_stream_set_reading(conn->stream, !conn->held && !conn->deaf);
}

static void
hold_up(Conn *conn)
{
	static VmqLogGate gate;
	unsigned          held;

	conn->deaf = true;
	stream_want_drained(conn->stream);
	conn_look_at_reading(conn);
	vmq_counter_add(core.counters.held_up, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_warn("conn",
		         "not listened to: client=%s at %s does not read its answers "
		         "(limits.max_unsent_bytes; %u more since the last such line)",
		         conn->client.id, conn->client.address, held);
}

static size_t
on_bytes(void *data, VmqBytes bytes)
{
	Conn *conn = data;

	conn->last_seen_ms = vmq_now_ms();

	size_t used = take_packets(conn, bytes);

	metrics_add(core.counters.bytes_in, (int64_t) used);
	if (conn->state == CONN_ACTIVE && is_deaf(conn))
		hold_up(conn);
	return used;
}

static void
on_closed(void *data, const char *why)
{
	conn_close(data, VMQ_REASON_SUCCESS, why);
}

static void
on_drained(void *data)
{
	Conn *conn = data;

	if (conn->state != CONN_ACTIVE)
		return;
	conn->deaf = false;
	conn_look_at_reading(conn);
	session_pump(conn->session);
}

static const VmqStreamEvents stream_events = {
	.on_bytes = on_bytes,
	.on_closed = on_closed,
	.on_drained = on_drained,
};

/* ---- time ---- */

/* Half as much again as the client promised [MQTT-3.1.2-22]. */
static int64_t
patience_ms(const Conn *conn)
{
	return (int64_t) conn->keep_alive_s * 1500;
}

/* When something is to be looked at; INT64_MAX: never. */
static int64_t
next_due_ms(const Conn *conn)
{
	int64_t due_ms = INT64_MAX;
	int64_t seen_ms = conn->held ? vmq_now_ms() : conn->last_seen_ms;

	if (conn->keep_alive_s != 0) /* 0 turns it off [MQTT 3.1.2.10] */
		due_ms = seen_ms + patience_ms(conn);
	if (conn->exchange != NULL)
		due_ms = MIN(due_ms, conn->exchange->due_ms);
	return due_ms;
}

void
conn_set_timer(Conn *conn)
{
	int64_t due_ms = next_due_ms(conn);

	if (due_ms == INT64_MAX)
		worker_stop_timer(worker_here(), &conn->timer);
	else
		worker_set_timer(worker_here(), &conn->timer, due_ms);
}

static void
give_up(Conn *conn)
{
	vmq_counter_add(core.counters.connect_timeouts, 1);
	conn_blame_plugin(conn);
	conn_close(conn, VMQ_REASON_SUCCESS, "limits.connect_timeout is over");
}

static void
give_up_anew(Conn *conn)
{
	conn_blame_plugin(conn);
	conn_deny(conn, VMQ_REASON_NOT_AUTHORIZED, "re-authentication took too long");
}

static void
on_timer(Timer *timer)
{
	Conn *conn = (Conn *) ((char *) timer - G_STRUCT_OFFSET(Conn, timer));

	if (conn->state != CONN_ACTIVE)
		give_up(conn);
	else if (conn->exchange != NULL && conn->exchange->due_ms <= vmq_now_ms())
		give_up_anew(conn);
	else if (next_due_ms(conn) <= vmq_now_ms())
		conn_close(conn, VMQ_REASON_KEEP_ALIVE_TIMEOUT, "keep alive exceeded");
	else
		conn_set_timer(conn);
}

/* ---- the beginning ---- */

void
conn_accept(VmqStream *stream, Listener *listener)
{
	if (!door_enter(listener, stream)) {
		vmq_stream_free(stream);
		return;
	}

	Conn *conn = g_new0(Conn, 1);

	conn->stream = stream;
	conn->listener = listener;
	conn->mount = listener_mount(listener);
	conn->client.address = g_strdup(vmq_stream_get_address(stream));
	conn->timer.func = on_timer;
	conn->max_packet_size = UINT32_MAX;
	vmq_stream_set_events(stream, &stream_events, conn);
	stream_count_sent(stream, &core.counters.bytes_out);
	worker_set_timer(worker_here(), &conn->timer,
	                 vmq_now_ms() + core_limits()->connect_timeout_ms);
	conn_list_add(conn);
}
