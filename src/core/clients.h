/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clients.h - the sessions of this worker, by client id
 *
 * The client id chooses the worker, so this table knows all that there is to know
 * of its clients, and a takeover is a local event.
 *
 * Threads: each worker has a table of its own.
 */
#pragma once

#include "core/session.h"

unsigned clients_worker_for(const char *client_id);

/*
 * The session for a client that was let in. An older connection of the client is
 * closed with Session taken over [MQTT-3.1.4-3]; with `clean_start` an older session
 * ends [MQTT-3.1.2-4]; it does, too, when it was made at another mount point (interned),
 * whose topics are not this client's. `present`: the session is an older one.
 */
Session *clients_claim(const char *client_id, const char *mount, bool clean_start, bool *present);

/* Called by a session that ends. */
void clients_forget(Session *session);

unsigned clients_count(void);

/* Ends all sessions of this worker, wills that wait included: the broker goes down. */
void clients_clear(void);
