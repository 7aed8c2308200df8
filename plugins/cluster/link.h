/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - one TCP connection to a peer: handshake, frames, signs of life
 *
 * Each node dials every other; the dialler's messages go one way, the acceptor's
 * interest comes back. A link knows frames, not what they are for.
 *
 * VibeMQ reads the first frame with a single read and throws away what came with it
 * (wire protocol 6.7): so Hello and HelloAck go alone, and after HelloAck an acceptor
 * holds its tongue until the dialler has spoken or LINK_SETTLE_MS have passed, unless
 * the dialler is one of ours.
 *
 * Threads: control.
 * Memory:  link_free() at any time, inside a callback too. on_down is the last
 *          callback; it does not free.
 */
#pragma once

#include "frame.h"

#include <vibemq/stream.h>

typedef struct Link Link;

#define LINK_HANDSHAKE_MS 10000
#define LINK_SETTLE_MS    500
#define LINK_PING_MS      15000
#define LINK_SILENCE_MS   45000

typedef struct {
	/* The handshake is done: who is there is known, and frames may be sent. */
	void (*on_up)(Link *link, void *data);
	void (*on_frame)(Link *link, const Frame *frame, void *data); /* not Ping, not Pong */
	void (*on_drained)(Link *link, void *data);
	void (*on_down)(Link *link, const char *why, void *data);
} LinkEvents;

typedef struct {
	const char *node_id;         /* ours */
	const char *caps;            /* what we can do, for the trailer */
	size_t      max_frame_bytes; /* of what comes in */
} LinkConfig;

/* `config` must outlive the link. NULL with `error` when the address is none. */
Link *link_dial(const char *address, const LinkConfig *config, const LinkEvents *events, void *data,
                GError **error);
Link *link_accept(VmqStream *stream, const LinkConfig *config, const LinkEvents *events, void *data);
void  link_free(Link *link); /* NULL is fine */

/* Somebody else is responsible from here on. */
void link_set_events(Link *link, const LinkEvents *events, void *data);

/* Valid from on_up on. */
const char *link_get_node_id(const Link *link);
const char *link_get_caps(const Link *link); /* NULL: a reference node */
bool        link_can(const Link *link, const char *what); /* is it one of the capabilities? */
bool        link_is_up(const Link *link);
const char *link_get_address(const Link *link);

/* Frames made with frame_put_…(). */
void   link_send(Link *link, const GByteArray *frames);
size_t   link_get_unsent(const Link *link);
uint64_t link_get_sent(const Link *link); /* bytes, ever */

/* Says Goodbye, as far as the socket takes it at once. */
void link_say_goodbye(Link *link);
