/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.h - QoS 1 and 2 deliveries in flight to a client, in the order they were sent
 *
 * Owner:   one session.        Threads: the session's worker only.
 * Memory:  holds the deliveries until they are acknowledged. A QoS 2 delivery that
 *          was received (PUBREC) keeps its packet identifier and gives up its message.
 */
#pragma once

#include "core/delivery.h"

typedef struct {
	Delivery delivery; /* msg NULL: PUBREL was sent, PUBCOMP is awaited */
	uint16_t packet_id;
	bool     sent; /* on the connection there is now */
	bool     counts; /* as a PUBLISH: against Receive Maximum */
	bool     done; /* acknowledged, but something before it is not */
} InFlight;

typedef struct {
	InFlight *ring; /* `room` long, a power of two; NULL while empty */
	uint32_t  head, n, room;
	uint32_t  n_open;   /* not done */
	uint32_t  n_sent;   /* of these, sent on the present connection */
	uint32_t  n_counts; /* of these, as a PUBLISH */
	uint32_t  n_past;   /* so many of the ring's first are done or sent: where looking begins */
	uint16_t  last_id;
	size_t    bytes; /* of their messages */
	bool      lapped; /* identifiers came round while the first was in flight */
} Window;

void window_clear(Window *window);

/* Open ones. */
static inline uint32_t
window_count(const Window *window)
{
	return window->n_open;
}

/* Takes the delivery and gives it a packet identifier that is not in use. */
InFlight *window_add(Window *window, Delivery delivery);

/* NULL when no such identifier is in flight. */
InFlight *window_find(Window *window, uint16_t packet_id);

/* PUBREC came: the message is the client's now [MQTT-4.3.3-5]. */
void window_received(Window *window, InFlight *flight);

/* PUBACK, PUBCOMP, or a failure: the identifier is free again. */
void window_finish(Window *window, InFlight *flight);

/* A new connection: nothing was sent on it yet. */
void window_rewind(Window *window);

static inline bool
window_is_all_sent(const Window *window)
{
	return window->n_sent == window->n_open;
}

/* The oldest that was not sent on this connection; the caller sends it. NULL: none. */
InFlight *window_next_unsent(Window *window);
void      window_mark_sent(Window *window, InFlight *flight);

/*
 * Walks those of which only PUBREL is left to be sent: start with *i = 0, NULL at the
 * end. The window must not change but by window_mark_sent().
 */
InFlight *window_next_unreleased(const Window *window, uint32_t *i);

/* Walks all that are open, as above. */
InFlight *window_next_open(const Window *window, uint32_t *i);
