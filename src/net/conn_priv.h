/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_priv.h - a connection from inside
 *
 * conn.c is its life and the table of what is legal when; connect.c the handshake;
 * authenticate.c what plugins and client have to say of who it is; conn_in.c what an
 * active client says; conn_answer.c what it is answered; conn_out.c what it is told.
 */
#pragma once

#include "base/metrics.h"
#include "core/client.h"
#include "core/core.h"
#include "core/session.h"
#include "mqtt/packet.h"
#include "net/conn.h"
#include "net/greeting.h"
#include "net/stream.h"
#include "run/worker.h"

#include <vibemq/hooks.h>

typedef enum {
	CONN_GREETING,       /* CONNECT is awaited */
	CONN_ASKING,         /* a plugin's answer is awaited; nothing is read */
	CONN_AUTHENTICATING, /* the client's AUTH is awaited */
	CONN_MOVING,         /* on the way to its worker */
	CONN_ACTIVE,
	CONN_CLOSING,
	CONN_N_STATES,
} ConnState;

/*
 * Authentication under way: from CONNECT until the client is in, and from an active
 * client's AUTH until it is done or late. While a ticket is out it is a plugin's turn,
 * else the client's.
 */
typedef struct {
	VmqAddr        addr;   /* by which a ticket finds the conn */
	uint64_t       serial; /* of the ticket that is out; 0: none */
	void          *kept;   /* the plugin's, between its steps */
	GDestroyNotify forget; /* of what is kept; NULL is fine */
	int64_t        due_ms; /* of an active client: when it is late */
	bool           is_settled; /* which plugin it is with: no other one is asked */
} Exchange;

typedef struct Conn Conn;
/* First what each delivery looks at, then the rest. */
struct Conn {
	VmqStream  *stream;
	const char *mount;    /* interned; NULL: none */
	VmqClient   client;
	uint32_t    max_packet_size; /* the client's; UINT32_MAX: none [MQTT-3.1.2-24] */
	uint16_t    alias_maximum, alias_maximum_out; /* the client's and ours */
	GHashTable *aliases_out; /* topic -> our alias; NULL: none */
	Conn      *next, *prev; /* in the worker's list */
	Listener  *listener;
	Session   *session;  /* while active */
	Greeting  *greeting; /* until active */
	Exchange  *exchange; /* NULL: none is under way */
	char      *auth_method; /* as CONNECT said; NULL: none */
	Timer      timer;    /* connect timeout, then keep alive and the exchange's due time */
	TurnTask   later;    /* a close from inside a delivery; the move; the end */
	int64_t    last_seen_ms;
	char     **aliases;  /* topics by the client's alias, 1 to n_aliases; NULL: none yet */
	const char *close_why;
	uint16_t   keep_alive_s;
	uint16_t   n_aliases;
	int16_t    asked; /* the plugin that answered, and is asked when the client says AUTH */
	uint8_t    state; /* ConnState */
	uint8_t     close_reason; /* of a close that is to come, with close_why */
	uint8_t     max_qos; /* this and what follows as the client was told */
	bool        may_retain, may_use_wildcards, may_share, may_number;
	bool       problem_info; /* the client wants Reason Strings */
	bool       held;         /* not read from: it publishes faster than a sink takes */
	bool       deaf;         /* nor this: it does not read its answers */
	bool       normal_end;   /* DISCONNECT came: no will */
};

extern const SessionOutlet conn_outlet;

/* ---- conn.c ---- */

/* Where to write a packet that is no PUBLISH: it is counted. */
static inline Buf *
conn_out(Conn *conn)
{
	metrics_add(core.counters.packets_out, 1);
	return stream_out(conn->stream);
}

void conn_set_state(Conn *conn, ConnState next);

/* Goodbye with a reason, and the end; VMQ_REASON_SUCCESS says none. `why` is for the log. */
void conn_close(Conn *conn, VmqReason reason, const char *why);

/* The same at the end of the turn, for where the session is in the middle of something. */
void conn_close_later(Conn *conn, VmqReason reason, const char *why);

/* What a client that is late is told, when conns_close_all() has been; else VMQ_REASON_SUCCESS. */
VmqReason conn_goodbye(void);

/* Reads from the client, or does not, for whatever reasons there are. */
void conn_look_at_reading(Conn *conn);

void conn_list_add(Conn *conn);
void conn_list_remove(Conn *conn);

/* Of an active client: looks anew at what is due when. */
void conn_set_timer(Conn *conn);

/* ---- connect.c ---- */

VmqReason conn_on_connect(Conn *conn, const MqttPacket *packet);

/* The plugins agree. `reply`, Authentication Data for CONNACK, is taken over; NULL: none. */
void conn_let_in(Conn *conn, GBytes *reply);

/* They do not: says so as the standard allows it now, and closes. */
void conn_deny(Conn *conn, VmqReason reason, const char *why);

/* CONNACK with a failure; the caller closes. */
void conn_refuse(Conn *conn, VmqReason reason);

/* Where the client may go, if the reason is that it should, and there is room to say it. */
void conn_append_reference(const Conn *conn, VmqReason reason, Buf *properties);

/* ---- authenticate.c ---- */

/* Asks the plugins about a CONNECT; conn_let_in() or conn_deny() comes now or later. */
void conn_authenticate(Conn *conn);

VmqReason conn_on_auth(Conn *conn, const MqttPacket *packet);

/* It is over, however it went; nothing if none is under way. */
void conn_end_exchange(Conn *conn);

/* Its time is over: if it is a plugin that was waited for, says which. */
void conn_blame_plugin(const Conn *conn);

/* ---- conn_answer.c ---- */

/* `why` is for the client: a Reason String. NULL: the reason says it all. */
void conn_answer(Conn *conn, MqttType type, uint16_t packet_id, VmqReason reason, const char *why);
void conn_answer_filters(Conn *conn, MqttType type, uint16_t packet_id, VmqBytes reasons,
                         const char *why);
void conn_disconnect(Conn *conn, VmqReason reason, const char *why);

/*
 * Of a packet that has been appended where `before` bytes were waiting: takes it back,
 * and returns true, if it is longer than the client takes.
 */
bool conn_take_back(Conn *conn, size_t before);

/* ---- conn_in.c ---- */

/* What it is about to say: if `bytes` begin with PUBLISH packets, their receivers are looked for. */
void conn_look_ahead(const Conn *conn, VmqBytes bytes);

VmqReason conn_on_publish(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_puback(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_pubrec(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_pubrel(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_pubcomp(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_subscribe(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_unsubscribe(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_pingreq(Conn *conn, const MqttPacket *packet);
VmqReason conn_on_disconnect(Conn *conn, const MqttPacket *packet);
