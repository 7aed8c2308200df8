/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_priv.h - a session from inside
 *
 * session.c is its life and what the client says, session_filters.c what it wants,
 * session_send.c what the client is told, session_heirs.c what goes to others.
 */
#pragma once

#include "core/queue.h"
#include "core/received.h"
#include "core/session.h"
#include "core/walk.h"
#include "core/window.h"
#include "run/timer.h"

/* First what each delivery looks at, then the rest. */
struct Session {
	const SessionOutlet *outlet; /* NULL: away */
	void                *conn;
	const VmqClient     *client; /* NULL: away */
	GPtrArray           *walks;  /* of Walk; NULL: none */
	uint32_t             n_no_local; /* of the filters */
	uint16_t             receive_maximum;
	Queue                queue;
	Window               window;
	VmqAddr              addr;
	char                *client_id;
	const char          *mount; /* interned; NULL: none */
	GHashTable          *filters; /* text -> Subscription in a pointer; NULL: none */
	Received             received;
	Will                *will;
	Timer                expiry, will_delay;
	uint32_t             expiry_s;
	uint32_t             n_holds;   /* whoever holds it has not released it yet */
	uint32_t             n_dropped; /* in the present episode of a full queue */
};

extern const VmqSinkOps session_sink_ops;

/* ---- session_filters.c ---- */

void session_leave_all(Session *session);

/* Members of shared groups who are away get nothing while another is there. */
void session_set_away(Session *session, bool away);

/*
 * On what terms it gets a message of its own that `topic` brings: those of the filters
 * without No Local [MQTT-3.8.3-3]. False: it does not. `ids` holds the identifiers.
 */
bool session_grant_own(const Session *session, VmqBytes topic, GArray *ids, VmqGrant *grant);

/* ---- session_send.c ---- */

/*
 * Only the first of the walks begins: this does it. Those of which nothing is left go, so that
 * what comes live does not wait for them.
 */
void session_begin_walk(Session *session);

/* ---- session_heirs.c ---- */

void session_hand_over(Session *session);
