/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authenticate.c - who a client is: what the plugins say, now or by ticket, and AUTH
 *
 * An exchange begins with CONNECT, or anew with an active client's AUTH. A plugin's
 * step follows the client's until the plugin allows or denies. While a client comes in,
 * nothing else is read from it; of an active one all other packets go on meanwhile, by
 * what was known of it before (MQTT 5.0, 4.12.1).
 */
#include "net/conn_priv.h"

#include "core/core.h"
#include "core/hooks.h"
#include "mqtt/encode.h"

#include <string.h>

#include <vibemq/log.h>

/* The kind of slot that is a connection with a ticket out. */
static const char ticket_kind;

/* What a plugin says of one step. */
typedef struct {
	VmqVerdict  verdict;
	VmqReason   reason;
	const char *why;
	GBytes     *reply; /* NULL: none */
} Answer;

static void act_on(Conn *conn, Answer *answer);

/* ---- an exchange ---- */

static void
start(Conn *conn)
{
	conn->exchange = g_new0(Exchange, 1);
	conn->exchange->due_ms = vmq_now_ms() + core_limits()->connect_timeout_ms;
	conn->exchange->addr = slots_add(worker_slots(worker_here()), conn, &ticket_kind);
}

static void
forget(Exchange *exchange)
{
	if (exchange->kept != NULL && exchange->forget != NULL)
		exchange->forget(exchange->kept);
	exchange->kept = NULL;
	exchange->forget = NULL;
}

void
conn_end_exchange(Conn *conn)
{
	Exchange *exchange = g_steal_pointer(&conn->exchange);

	if (exchange == NULL)
		return;
	slots_remove(worker_slots(worker_here()), exchange->addr);
	forget(exchange);
	g_free(exchange);
}

void
conn_blame_plugin(const Conn *conn)
{
	static VmqLogGate gate;
	unsigned          held;

	if (conn->exchange == NULL || conn->exchange->serial == 0)
		return;
	vmq_counter_add(core.counters.unanswered, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_warn("plugin",
		         "%s has not answered within limits.connect_timeout: client=%s at %s "
		         "(%u more since the last such line)",
		         hooks_plugin(conn->asked), conn->client.id, conn->client.address, held);
}

/* ---- a plugin's step ---- */

static VmqBytes
bytes_of(GBytes *bytes)
{
	gsize          size = 0;
	const uint8_t *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

	/* An empty password is not the same as none. */
	return (VmqBytes){bytes != NULL && data == NULL ? (const uint8_t *) "" : data, size};
}

static VmqConnect
question(const Conn *conn, VmqBytes auth_data)
{
	const Greeting *greeting = conn->greeting; /* NULL: authenticating anew */

	return (VmqConnect){
		.client = &conn->client,
		.password = bytes_of(greeting != NULL ? greeting->password : NULL),
		.will_topic = greeting != NULL ? greeting->will_topic : NULL,
		.auth_method = conn->auth_method,
		.auth_data = auth_data,
		.reason = VMQ_REASON_NOT_AUTHORIZED,
		.kept = conn->exchange->kept,
		.forget = conn->exchange->forget,
	};
}

static VmqTicket
make_ticket(Conn *conn)
{
	static _Thread_local uint64_t last_serial;

	conn->exchange->serial = ++last_serial;
	return (VmqTicket){conn->exchange->addr, conn->exchange->serial};
}

static void
take_answer(Conn *conn, VmqConnect *connect, VmqVerdict verdict)
{
	Answer answer = {verdict, connect->reason, connect->why, connect->reply};

	conn->exchange->kept = connect->kept;
	conn->exchange->forget = connect->forget;
	act_on(conn, &answer);
}

/* All plugins that come after those that have no opinion. */
static void
ask(Conn *conn)
{
	forget(conn->exchange);

	VmqConnect connect = question(conn, bytes_of(conn->greeting->auth_data));
	int        asked = conn->asked;
	VmqVerdict verdict = hooks_connect_after(&connect, make_ticket(conn), &asked);

	conn->asked = (int16_t) asked;
	if (connect.username != NULL && conn->client.username == NULL)
		conn->client.username = g_strdup(connect.username);
	take_answer(conn, &connect, verdict);
}

/* The one that is in conversation with the client, or let it in. */
static void
ask_on(Conn *conn, VmqBytes auth_data)
{
	VmqConnect connect = question(conn, auth_data);

	conn->exchange->is_settled = true;
	take_answer(conn, &connect, hooks_auth(&connect, make_ticket(conn), conn->asked));
}

/* ---- what becomes of it ---- */

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

/* False if the client takes no packet as large [MQTT-3.1.2-24]. */
static bool
say(Conn *conn, VmqReason reason, GBytes *reply)
{
	MqttAuth auth = {.reason = reason};
	Buf      properties = {0}, packet = {0};

	mqtt_property_append_string(&properties, MQTT_PROP_AUTH_METHOD,
	                            text_bytes(conn->auth_method)); /* [MQTT-4.12.0-5] */
	if (reply != NULL)
		mqtt_property_append_string(&properties, MQTT_PROP_AUTH_DATA, bytes_of(reply));
	auth.properties.raw = buf_bytes(&properties);
	mqtt_encode_auth(&packet, &auth);

	bool fits = buf_bytes(&packet).size <= conn->max_packet_size;

	if (fits)
		buf_append_bytes(conn_out(conn), buf_bytes(&packet));
	buf_free(&packet);
	buf_free(&properties);
	return fits;
}

static void
challenge(Conn *conn, GBytes *reply)
{
	if (conn->auth_method == NULL) /* [MQTT-4.12.0-6] */
		conn_deny(conn, VMQ_REASON_UNSPECIFIED, "a plugin's AUTH without a method");
	else if (!say(conn, VMQ_REASON_CONTINUE_AUTHENTICATION, reply)) /* [MQTT-4.12.0-2] */
		conn_deny(conn, VMQ_REASON_PACKET_TOO_LARGE, "it takes no AUTH as large as ours");
	else if (conn->state != CONN_ACTIVE && conn->state != CONN_AUTHENTICATING)
		conn_set_state(conn, CONN_AUTHENTICATING);
}

static void
succeed(Conn *conn, GBytes *reply)
{
	conn_end_exchange(conn);
	if (conn->state != CONN_ACTIVE)
		conn_let_in(conn, reply != NULL ? g_bytes_ref(reply) : NULL);
	else if (!say(conn, VMQ_REASON_SUCCESS, reply))
		conn_deny(conn, VMQ_REASON_PACKET_TOO_LARGE, "it takes no AUTH as large as ours");
}

/* Consumes the reply. */
static void
act_on(Conn *conn, Answer *answer)
{
	g_autoptr(GBytes) reply = g_steal_pointer(&answer->reply);

	if (answer->verdict != VMQ_PENDING)
		conn->exchange->serial = 0; /* who answered need not, and cannot, do so again */
	switch (answer->verdict) {
	case VMQ_NEXT:
		if (conn->auth_method == NULL)
			succeed(conn, reply);
		else
			conn_deny(conn, VMQ_REASON_BAD_AUTHENTICATION_METHOD,
			          "an authentication method that no plugin knows");
		break;
	case VMQ_ALLOW:
		succeed(conn, reply);
		break;
	case VMQ_DENY:
		conn_deny(conn, answer->reason, answer->why); /* [MQTT-4.12.0-4], [MQTT-4.12.1-2] */
		break;
	case VMQ_CONTINUE:
		challenge(conn, reply);
		break;
	case VMQ_PENDING:
		if (conn->state != CONN_ACTIVE && conn->state != CONN_ASKING)
			conn_set_state(conn, CONN_ASKING);
		break;
	}
}

/* ---- tickets ---- */

typedef struct {
	VmqTicket ticket;
	Answer    answer;
} Letter;

static void
letter_free(void *data)
{
	Letter *letter = data;

	g_clear_pointer(&letter->answer.reply, g_bytes_unref);
	g_free(letter);
}

static void
on_letter(void *data)
{
	Letter     *letter = data;
	const Slot *slot = slots_find(worker_slots(worker_here()), letter->ticket.conn);
	Conn       *conn = slot != NULL && slot->kind == &ticket_kind ? slot->owner : NULL;

	if (conn != NULL && conn->exchange->serial == letter->ticket.serial) {
		if (letter->answer.verdict == VMQ_NEXT && !conn->exchange->is_settled)
			ask(conn);
		else
			act_on(conn, &letter->answer);
	}
	letter_free(letter);
}

void
vmq_ticket_answer(VmqTicket ticket, VmqVerdict verdict, VmqReason reason, const char *why,
                  GBytes *reply)
{
	Letter *letter = g_new0(Letter, 1);

	g_assert(verdict != VMQ_PENDING);
	*letter = (Letter){ticket, {verdict, reason, why, reply}};
	vmq_invoke(ticket.conn.worker, on_letter, letter, letter_free);
}

/* ---- the client's step ---- */

void
conn_authenticate(Conn *conn)
{
	conn->asked = -1;
	start(conn);
	ask(conn);
}

/* A client that named no method has none to name now [MQTT-4.12.0-7]. */
static bool
is_same_method(const Conn *conn, const MqttProperties *properties)
{
	return conn->auth_method != NULL && mqtt_has(properties, MQTT_PROP_AUTH_METHOD) &&
	       properties->auth_method.size == strlen(conn->auth_method) &&
	       memcmp(properties->auth_method.data, conn->auth_method,
	              properties->auth_method.size) == 0;
}

VmqReason
conn_on_auth(Conn *conn, const MqttPacket *packet)
{
	const MqttAuth *auth = &packet->auth;
	bool            is_first = conn->exchange == NULL; /* and the client is active */
	VmqReason       due =
		is_first ? VMQ_REASON_RE_AUTHENTICATE : VMQ_REASON_CONTINUE_AUTHENTICATION;
	VmqBytes        data = {0};

	/* [MQTT-4.12.0-5], [MQTT-4.12.1-1] */
	if (!is_same_method(conn, &auth->properties))
		return VMQ_REASON_PROTOCOL_ERROR;
	/* [MQTT-4.12.0-3]; and each in its turn */
	if (auth->reason != due || (!is_first && conn->exchange->serial != 0))
		return VMQ_REASON_PROTOCOL_ERROR;
	if (mqtt_has(&auth->properties, MQTT_PROP_AUTH_DATA))
		data = auth->properties.auth_data;
	if (is_first) {
		start(conn);
		conn_set_timer(conn);
	}
	ask_on(conn, data);
	return VMQ_REASON_SUCCESS;
}
