/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.h - another node: the links to it, what it wants, and what waits for it
 *
 * A sink like any other to the router. Messages go over the link that we dialled,
 * one frame each however many of its clients want it; while that is down they wait
 * in a bounded spool, and the oldest go first when it is full. What it wants comes
 * over the same link from nodes of ours, and by gossip from others.
 *
 * Owner:   the cluster, by name.        Threads: control.
 * Memory:  bounded by max_unsent_bytes and max_spool_messages.
 */
#pragma once

#include "cluster.h"

typedef struct Peer Peer;

Peer *peer_new(Cluster *cluster, const char *name);
void  peer_free(Peer *peer); /* NULL is fine */

/* Gossip says where it listens: dialled at once if that is news. */
void peer_set_address(Peer *peer, const char *address);

/* Gossip says what it wants: believed unless the link of a node of ours knows better. */
void peer_set_gossiped_filters(Peer *peer, const GPtrArray *filters);

/* It dialled us, and said who it is: takes the link. */
void peer_take_link(Peer *peer, Link *link);

/* Gossip: it lives; or it is dead, and if no link says otherwise it wants nothing more. */
void peer_set_alive(Peer *peer, bool alive);

/* Tells it of changes in our interest, over the links it dialled. Borrowed, may be NULL. */
void peer_tell_interest(Peer *peer, const GPtrArray *added, const GPtrArray *removed);

const char *peer_get_name(const Peer *peer); /* interned */

/* What of it a node that was just started does not have yet. */
typedef enum {
	PEER_LACKS_NOTHING,  /* or it is not there, says its address or itself */
	PEER_LACKS_LINKS,    /* one each way, and what its clients want, which comes at once */
	PEER_LACKS_RETAINED, /* they are coming */
} PeerLack;

PeerLack peer_lacks(const Peer *peer);

/* Says goodbye over the link that we dialled. */
void peer_say_goodbye(Peer *peer);
