/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_priv.h - a peer from inside: peer.c is its links, peer_relay.c what goes over them
 */
#pragma once

#include "brake.h"
#include "peer.h"

struct Peer {
	Cluster    *cluster;
	const char *name; /* interned: it is the origin of what comes from there */
	char       *address; /* of its listener, as gossiped; NULL: not known */
	Link       *dialled; /* NULL while it waits for the next dial */
	GPtrArray  *accepted; /* of Link */
	VmqTimer   *dial_timer, *hang_up_timer;
	unsigned    backoff_ms;
	int64_t     up_ms;    /* since when the dialled link is up; 0: it is not */
	bool        is_ours;  /* it has capabilities; else it is a reference node */
	bool        is_alive; /* says gossip */
	bool        has_left; /* it said goodbye */
	bool        misplaced; /* somebody else answers at its address */
	bool        unreachable; /* the last dial led nowhere */
	bool        pushed;   /* it has told us all that is retained, once */
	bool        synced;   /* its link has told its whole interest: gossip is not asked any more */

	VmqAddr     sink;   /* none: it is lost, nothing is kept for it */
	GHashTable *wishes; /* filters as it wrote them: a set */
	GHashTable *granted; /* plain filter -> how many wishes come to it */
	GQueue      spool;  /* of VmqMsg, while the link is down */
	Brake      *brake;
	GByteArray *scratch;
	GPtrArray  *push;   /* retained messages still to be told; NULL: none */
	guint       next_push;
	uint64_t    n_dropped; /* in the present episode */
};

void peer_relay_init(Peer *peer);
void peer_relay_clear(Peer *peer);

/* From now on it gets what it wants, and every retained publish. */
void peer_open_sink(Peer *peer);

/* No link and no sign of life: nothing is kept for it any more. */
void peer_look_if_lost(Peer *peer);

void peer_replace_wishes(Peer *peer, const FrameStrings *filters);
void peer_change_wishes(Peer *peer, const FrameStrings *added, const FrameStrings *removed);
void peer_forget_wishes(Peer *peer);

/* A Publish that came from there. */
void peer_receive(Peer *peer, const Frame *frame);

void peer_send_spool(Peer *peer);

/* All retained messages, as fast as the link takes them. */
void peer_start_push(Peer *peer);
void peer_go_on_pushing(Peer *peer);
