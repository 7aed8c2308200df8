/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - remembers one client: subscriptions, windows, queue, will
 *
 * It outlives connections and does no I/O: what is to be said to the client goes
 * through the outlet, a table of functions that the connection fills while it is
 * attached; what the client says comes as calls that answer with a reason code.
 *
 * Owner:   clients.c, by client id.
 * Threads: the worker that the client id chooses; a session never moves.
 * Memory:  gone at the end of its expiry interval, or with its connection if that
 *          is 0; who holds no reference but its VmqAddr notices nothing.
 */
#pragma once

#include "core/client.h"
#include "core/delivery.h"
#include "core/will.h"

typedef struct Session Session;

typedef enum {
	OUTLET_SENT,
	OUTLET_TOO_LARGE, /* for this client's Maximum Packet Size: never */
} OutletResult;

/* The way to the client; functions do not call back into the session, except for evict. */
typedef struct {
	/* `packet_id` 0 for QoS 0. What `delivery` holds is borrowed. */
	OutletResult (*publish)(void *conn, const Delivery *delivery, uint16_t packet_id, bool dup);
	void (*pubrel)(void *conn, uint16_t packet_id);
	bool (*has_room)(void *conn); /* unsent bytes are below their bound */
	void (*expect)(void *conn);   /* asks memory for what publish() looks at; NULL: nothing */

	/* Nothing more is read from the client; then again. */
	void (*hold)(void *conn);
	void (*release)(void *conn);

	/* At the end of the turn: goodbye with this reason, and detach. */
	void (*close)(void *conn, VmqReason reason);

	/* Now: goodbye with Session taken over, and detach before it returns. */
	void (*evict)(void *conn);
} SessionOutlet;

/* What CONNECT says of the session. */
typedef struct {
	const VmqClient *client;          /* as long as attached */
	uint32_t         expiry_s;        /* UINT32_MAX: never [MQTT-3.1.2-23] */
	uint16_t         receive_maximum; /* the client's [MQTT-3.1.2-24]; MQTT 3: 65,535 */
	Will            *will;            /* taken; NULL: none */
} SessionTerms;

/* `mount`: of the listener that its client came in by, interned; NULL: none. */
Session *session_new(const char *client_id, const char *mount);

/* Publishes a will that waits, leaves every filter. */
void session_free(Session *session);

/* The same, when life goes on: what it had yet to say for shared groups goes to their others. */
void session_end(Session *session);

const char *session_client_id(const Session *session);
const char *session_mount(const Session *session);
VmqAddr     session_addr(const Session *session);
Session    *session_find(VmqAddr addr); /* on this worker; NULL: no session is there */
bool        session_is_attached(const Session *session);

/* Before a delivery, with time between them: each asks memory for what the next looks at. */
void session_expect_conn(const Session *session);
void session_expect_publish(const Session *session);

/* ---- connections come and go ---- */

void session_attach(Session *session, void *conn, const SessionOutlet *outlet,
                    const SessionTerms *terms);

/* After CONNACK: sends again what was in flight [MQTT-4.4.0-1], then what waited. */
void session_resume(Session *session);

/* As often as it was held it must be released before its client is heard again. */
void session_hold(Session *session);
void session_release(Session *session);

/* The connection is to be closed for a newer one; detaches before it returns. */
void session_evict(Session *session);

typedef enum { WILL_DROPPED, WILL_DUE } WillFate;

/*
 * The connection is gone. A session without expiry interval ends here: true says
 * that it is freed.
 */
bool session_detach(Session *session, WillFate fate);

/* DISCONNECT may set it anew [MQTT-3.14.2-2]. */
void     session_set_expiry(Session *session, uint32_t expiry_s);
uint32_t session_get_expiry(const Session *session);

/* ---- what the client says ---- */

typedef struct {
	const char *filter; /* $share/… included; checked */
	uint8_t     qos;
	uint8_t     flags;           /* VmqGrantFlags */
	uint8_t     retain_handling; /* 0..2 */
	uint32_t    id;              /* Subscription Identifier, 0: none */
} SubscribeRequest;

/* The granted QoS or the failure. Retained messages wait until session_pump(). */
VmqReason session_subscribe(Session *session, const SubscribeRequest *request);
VmqReason session_unsubscribe(Session *session, const char *filter);

/*
 * A PUBLISH. For QoS 2 the packet identifier is remembered until PUBREL, and a
 * second PUBLISH with it is not published again [MQTT-4.3.3-10]. Receive Maximum
 * exceeded ends the connection; the other reasons go into the acknowledgement.
 */
VmqReason session_recv_publish(Session *session, const VmqDraft *draft, uint16_t packet_id);
VmqReason session_recv_pubrel(Session *session, uint16_t packet_id);

VmqReason session_recv_puback(Session *session, uint16_t packet_id);

/* Success: the caller answers with PUBREL. */
VmqReason session_recv_pubrec(Session *session, uint16_t packet_id, VmqReason reason);
VmqReason session_recv_pubcomp(Session *session, uint16_t packet_id);

/* Sends what waits, as far as there is room. After SUBACK, and when the connection has drained. */
void session_pump(Session *session);
