/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - the addresses at which clients come in, and on what terms
 *
 * Every worker accepts at every address; the kernel chooses which one is woken.
 *
 * A listener's terms are one small struct, immutable, that a reload replaces as a
 * whole: whoever wants them takes the pointer, and does not keep it beyond the turn.
 * What a connection was told when it came in it keeps for itself.
 *
 * Owner:   broker.c. A Listener is there until listeners_free(), longer than any conn.
 * Threads: control; listener_terms() and listener_mount() anywhere.
 */
#pragma once

#include <vibemq/types.h>

#define LISTENER_ID_PREFIX_BYTES 65

/* vibemqd.yaml(5), section listeners. */
typedef struct {
	uint32_t max_connections; /* 0: no bound */
	uint16_t alias_maximum, alias_maximum_out;
	uint8_t  levels; /* protocol levels, a bit for each: 1 << 3, 1 << 4, 1 << 5 */
	uint8_t  max_qos;
	bool     allow_anonymous, allow_empty_client_id;
	char     id_prefix[LISTENER_ID_PREFIX_BYTES]; /* of client ids that we give */
} ListenerTerms;

typedef struct Listener Listener;

/* Binds; nobody is let in before listeners_open(). `mount` NULL: none; copied, as the terms are. */
bool listeners_bind(const char *address, const char *mount, const ListenerTerms *terms,
                    GError **error);
void listeners_open(void);

/* Replaces the terms of the listener that was bound as number `i`. */
void listeners_set_terms(unsigned i, const ListenerTerms *terms);

/* No more clients; returns at once, each worker closes at its next turn. */
void listeners_close(void);

/* When no connection is left. */
void listeners_free(void);

const ListenerTerms *listener_terms(const Listener *listener);
const char          *listener_mount(const Listener *listener); /* interned; NULL: none */

/* Counts the connections of a listener; `step` is 1 or -1. Returns how many there are now. */
unsigned listener_count(Listener *listener, int step);
