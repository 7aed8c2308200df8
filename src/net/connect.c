/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect.c - the handshake: from CONNECT to CONNACK
 *
 *     CONNECT -> greeting -> the plugins' answer (authenticate.c) -> the client's
 *     worker -> its session -> CONNACK
 */
#include "net/conn_priv.h"

#include "core/clients.h"
#include "core/core.h"
#include "core/hooks.h"
#include "mqtt/encode.h"
#include "mqtt/reason.h"

#include <string.h>

#include <vibemq/log.h>

/* ---- CONNACK ---- */

/* More than what stands around the last property of a CONNACK or DISCONNECT. */
#define HEAD_BYTES 16

/* A CONNACK has another word for it (MQTT 5.0, 3.2.2.2). */
static VmqReason
word_for_connack(VmqReason reason)
{
	return reason == VMQ_REASON_SERVER_SHUTTING_DOWN ? VMQ_REASON_SERVER_UNAVAILABLE : reason;
}

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

void
conn_append_reference(const Conn *conn, VmqReason reason, Buf *properties)
{
	const char *reference = core_limits()->server_reference;

	if (reference == NULL ||
	    (reason != VMQ_REASON_USE_ANOTHER_SERVER && reason != VMQ_REASON_SERVER_MOVED) ||
	    strlen(reference) + HEAD_BYTES > conn->max_packet_size)
		return;
	mqtt_property_append_string(properties, MQTT_PROP_SERVER_REFERENCE, text_bytes(reference));
}

void
conn_refuse(Conn *conn, VmqReason reason)
{
	MqttConnack connack = {.reason = word_for_connack(reason)};
	Buf        *out = conn_out(conn), properties = {0};
	size_t      before = buf_size(out);

	conn_append_reference(conn, reason, &properties);
	connack.properties.raw = buf_bytes(&properties);
	/* MQTT 3 has no word for some reasons: then the end of the connection is the answer. */
	mqtt_encode_connack(out, conn->client.protocol, &connack);
	conn_take_back(conn, before);
	vmq_counter_add(core.counters.connects_refused, 1);
	buf_free(&properties);
}

static void
append_bytes(Buf *out, MqttPropertyId id, GBytes *bytes)
{
	gsize          size;
	const uint8_t *data = g_bytes_get_data(bytes, &size);

	mqtt_property_append_string(out, id, (VmqBytes){data, size});
}

/* NULL if the client id is none that can stand in a topic, where the pattern has one. */
static char *
fill_in(const char *pattern, const char *client_id)
{
	GString *text = g_string_new(NULL);
	bool     is_good = true;

	for (const char *at = pattern; *at != '\0'; at++) {
		if (at[0] == '%' && at[1] == 'c') {
			g_string_append(text, client_id);
			is_good &= strpbrk(client_id, "/+#") == NULL;
		} else {
			g_string_append_c(text, *at);
		}
		if (*at == '%')
			at++;
	}
	return g_string_free(text, !is_good);
}

/* Last, for it is left out where there is no room for it. */
static void
append_response_info(const Conn *conn, const Greeting *greeting, Buf *out)
{
	const char *pattern = core_limits()->response_information;

	if (!greeting->response_info || pattern == NULL) /* [MQTT-3.1.2-28] */
		return;

	g_autofree char *text = fill_in(pattern, greeting->client_id);

	if (text != NULL && strlen(text) <= MQTT_MAX_STRING &&
	    buf_bytes(out).size + strlen(text) + HEAD_BYTES <= conn->max_packet_size)
		mqtt_property_append_string(out, MQTT_PROP_RESPONSE_INFO, text_bytes(text));
}

/* Available is what a client assumes if it is not told. */
static void
append_unless(Buf *out, MqttPropertyId id, bool available)
{
	if (!available)
		mqtt_property_append_u8(out, id, 0);
}

/* What differs from what the client asked for or would assume (MQTT 5.0, 3.2.2.3). */
static void
write_terms(const Conn *conn, const Greeting *greeting, Buf *out)
{
	const Limits *limits = core_limits();
	uint32_t      expiry_s = session_get_expiry(conn->session);

	if (expiry_s != greeting->expiry_s)
		mqtt_property_append_u32(out, MQTT_PROP_SESSION_EXPIRY, expiry_s);
	if (limits->receive_maximum < UINT16_MAX)
		mqtt_property_append_u16(out, MQTT_PROP_RECEIVE_MAXIMUM,
		                         (uint16_t) limits->receive_maximum);
	if (conn->max_qos < 2)
		mqtt_property_append_u8(out, MQTT_PROP_MAXIMUM_QOS,
		                        conn->max_qos); /* [MQTT-3.2.2-9] */
	append_unless(out, MQTT_PROP_RETAIN_AVAILABLE, conn->may_retain);
	append_unless(out, MQTT_PROP_WILDCARD_AVAILABLE, conn->may_use_wildcards);
	append_unless(out, MQTT_PROP_SUBSCRIPTION_ID_AVAILABLE, conn->may_number);
	append_unless(out, MQTT_PROP_SHARED_AVAILABLE, conn->may_share);
	mqtt_property_append_u32(out, MQTT_PROP_MAXIMUM_PACKET_SIZE, limits->max_packet_size);
	if (greeting->assigned)
		mqtt_property_append_string(out, MQTT_PROP_ASSIGNED_CLIENT_ID,
		                            text_bytes(greeting->client_id));
	if (conn->alias_maximum > 0)
		mqtt_property_append_u16(out, MQTT_PROP_TOPIC_ALIAS_MAXIMUM, conn->alias_maximum);
	if (conn->keep_alive_s != greeting->keep_alive_s)
		mqtt_property_append_u16(out, MQTT_PROP_SERVER_KEEP_ALIVE, conn->keep_alive_s);
	if (conn->auth_method != NULL) /* [MQTT-4.12.0-5], [MQTT-4.12.0-6] */
		mqtt_property_append_string(out, MQTT_PROP_AUTH_METHOD,
		                            text_bytes(conn->auth_method));
	if (greeting->reply != NULL)
		append_bytes(out, MQTT_PROP_AUTH_DATA, greeting->reply);
	append_response_info(conn, greeting, out);
}

/* False if the client takes no packet as large [MQTT-3.1.2-24]. */
static bool
welcome(Conn *conn, const Greeting *greeting, bool present)
{
	MqttConnack connack = {.reason = VMQ_REASON_SUCCESS, .session_present = present};
	Buf        *out = conn_out(conn), properties = {0};
	size_t      before = buf_size(out);

	if (conn->client.protocol == 5)
		write_terms(conn, greeting, &properties);
	connack.properties.raw = buf_bytes(&properties);
	mqtt_encode_connack(out, conn->client.protocol, &connack);
	buf_free(&properties);
	return !conn_take_back(conn, before);
}

/* ---- in ---- */

static uint16_t
agree_keep_alive(const Greeting *greeting)
{
	uint32_t most = core_limits()->keep_alive_max_s;

	if (most == 0 || (greeting->keep_alive_s != 0 && greeting->keep_alive_s <= most))
		return greeting->keep_alive_s;
	return (uint16_t) MIN(most, UINT16_MAX);
}

/* What this connection may as long as it lasts: a reload changes it for later ones. */
static void
agree_terms(Conn *conn, const Greeting *greeting)
{
	const Limits        *limits = core_limits();
	const ListenerTerms *terms = listener_terms(conn->listener);

	conn->max_packet_size = greeting->max_packet_size;
	conn->problem_info = greeting->problem_info;
	conn->alias_maximum = (uint16_t) MIN(terms->alias_maximum, limits->topic_alias_maximum);
	conn->alias_maximum_out =
		(uint16_t) MIN(MIN(greeting->alias_maximum, terms->alias_maximum_out),
	                       limits->topic_alias_maximum);
	conn->max_qos = MIN(terms->max_qos, limits->max_qos);
	conn->may_retain = limits->retained_available;
	conn->may_use_wildcards = limits->wildcard_available;
	conn->may_share = limits->shared_available;
	conn->may_number = limits->subscription_id_available;
	/* MQTT 3 has no way to be told another one. */
	conn->keep_alive_s =
		conn->client.protocol == 5 ? agree_keep_alive(greeting) : greeting->keep_alive_s;
}

/* On the client's own worker. */
static void
enter(Conn *conn)
{
	/* Letters that were on their way when the others were told. */
	if (conn_goodbye() != VMQ_REASON_SUCCESS) {
		conn_deny(conn, conn_goodbye(), "the broker stops");
		return;
	}

	g_autoptr(Greeting) greeting = g_steal_pointer(&conn->greeting);
	SessionTerms terms = {.client = &conn->client,
	                      .expiry_s = greeting->expiry_s,
	                      .receive_maximum = greeting->receive_maximum,
	                      .will = g_steal_pointer(&greeting->will)};
	bool         present;

	agree_terms(conn, greeting);
	conn->session =
		clients_claim(conn->client.id, conn->mount, greeting->clean_start, &present);
	session_attach(conn->session, conn, &conn_outlet, &terms);
	conn_set_state(conn, CONN_ACTIVE);
	if (!welcome(conn, greeting, present)) {
		conn_close(conn, VMQ_REASON_SUCCESS, "it takes no packet as large as CONNACK");
		return;
	}
	conn->last_seen_ms = vmq_now_ms();
	conn_set_timer(conn);
	vmq_counter_add(core.counters.connects, 1);
	vmq_debug("conn", "connected: client=%s at %s, MQTT %s, %s", conn->client.id,
	          conn->client.address,
	          conn->client.protocol == 5   ? "5.0"
	          : conn->client.protocol == 4 ? "3.1.1"
	                                       : "3.1",
	          present ? "resumed" : "new session");
	hooks_client_online(&conn->client);
	session_resume(conn->session);
}

/* ---- the one move of a connection's life ---- */

typedef struct {
	Mail  mail;
	Conn *conn;
} Move;

static void
on_arrival(Mail *mail)
{
	Conn *conn = ((Move *) mail)->conn;

	g_free(mail);
	conn_list_add(conn);
	stream_arrive(conn->stream);
	enter(conn);
}

/* The broker goes down: nobody will turn on that worker any more. */
static void
on_lost(Mail *mail)
{
	Conn *conn = ((Move *) mail)->conn;

	g_free(mail);
	stream_arrive(conn->stream);
	conn_list_add(conn);
	conn_close(conn, VMQ_REASON_SERVER_SHUTTING_DOWN, "the broker stops");
}

/* At the end of the turn, when nothing on this worker holds the stream any more. */
static void
on_leave(TurnTask *task)
{
	Conn *conn = (Conn *) ((char *) task - G_STRUCT_OFFSET(Conn, later));
	Move *move = g_new0(Move, 1);

	worker_stop_timer(worker_here(), &conn->timer);
	conn_list_remove(conn);
	stream_leave(conn->stream);
	move->mail = (Mail){.open = on_arrival, .drop = on_lost};
	move->conn = conn;
	worker_post(clients_worker_for(conn->client.id), &move->mail);
}

/* ---- the plugins' answer ---- */

static bool
may_leave_will(const Conn *conn)
{
	const Greeting *greeting = conn->greeting;
	VmqAccess       access = {.kind = VMQ_ACCESS_PUBLISH,
	                          .client = &conn->client,
	                          .topic = greeting->will_topic,
	                          .qos = greeting->will_qos,
	                          .retain = greeting->will_retain};

	return greeting->will == NULL || hooks_authorize(&access) != VMQ_DENY;
}

void
conn_let_in(Conn *conn, GBytes *reply)
{
	conn->greeting->reply = reply;
	if (!may_leave_will(conn)) {
		conn_deny(conn, VMQ_REASON_NOT_AUTHORIZED, "its will may not be published");
		return;
	}
	if (clients_worker_for(conn->client.id) == vmq_worker_here()) {
		enter(conn);
		return;
	}
	conn_set_state(conn, CONN_MOVING);
	conn->later.run = on_leave;
	worker_at_turn_end(worker_here(), TURN_POST, &conn->later);
}

static bool
can_say(const Conn *conn, VmqReason reason)
{
	if (conn->state == CONN_ACTIVE)
		return mqtt_reason_is_legal_from_server(MQTT_DISCONNECT, (uint8_t) reason);
	return mqtt_reason_is_legal_from_server(MQTT_CONNACK, (uint8_t) word_for_connack(reason));
}

void
conn_deny(Conn *conn, VmqReason reason, const char *why)
{
	/* A success would be a denial that lets in; and not every packet takes every failure. */
	if (!vmq_reason_is_failure(reason) || !can_say(conn, reason))
		reason = VMQ_REASON_NOT_AUTHORIZED;
	if (conn->state == CONN_GREETING)
		conn_refuse(conn, reason);
	conn_close(conn, reason, why != NULL ? why : "refused by a plugin");
}

/* ---- CONNECT ---- */

static bool
is_spoken(const Conn *conn)
{
	return (listener_terms(conn->listener)->levels & 1u << conn->client.protocol) != 0;
}

/* An authentication method may bring a name of its own. */
static bool
may_be_nameless(const Conn *conn)
{
	return conn->client.username != NULL || conn->greeting->auth_method != NULL ||
	       listener_terms(conn->listener)->allow_anonymous;
}

VmqReason
conn_on_connect(Conn *conn, const MqttPacket *packet)
{
	const MqttConnect *connect = &packet->connect;
	VmqReason          reason;

	vmq_counter_add(core.counters.connect_packets, 1);
	conn->client.protocol = connect->level;
	conn->client.clean_start = connect->clean_start;
	if (!is_spoken(conn)) {
		conn_deny(conn, VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION,
		          "not in protocol_versions of its listener");
		return VMQ_REASON_SUCCESS;
	}
	conn->greeting = greeting_new(connect, conn->listener, &reason);
	if (conn->greeting == NULL) {
		conn_deny(conn, reason, vmq_reason_name(reason));
		return VMQ_REASON_SUCCESS;
	}
	conn->max_packet_size = conn->greeting->max_packet_size;
	conn->problem_info = conn->greeting->problem_info;
	conn->client.id = g_strdup(conn->greeting->client_id);
	conn->client.username = g_strdup(conn->greeting->username);
	if (!may_be_nameless(conn)) {
		conn_deny(conn, VMQ_REASON_NOT_AUTHORIZED,
		          "no user name, and allow_anonymous of its listener is off");
		return VMQ_REASON_SUCCESS;
	}
	conn->auth_method = g_steal_pointer(&conn->greeting->auth_method);
	conn_authenticate(conn);
	return VMQ_REASON_SUCCESS;
}
