/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gossip.h - chitchat as a pure machine: datagrams and time in, datagrams and events out
 *
 * Once per interval it opens handshakes (Syn, SynAck, Ack) with a few nodes, so that
 * each learns what the other knows; heartbeats that stop rising make a node dead.
 * A clock that was set back makes our generation less than that of our former life, and
 * nobody would look at us: when others tell of it we go on with one that is greater.
 * Towards VibeMQ's chitchat 0.9, whose application looks at a node only once, our
 * keys go ahead of our first Syn (wire protocol 3.14).
 *
 * Pure:    no socket, no clock, no globals; randomness comes from the seed. Time is
 *          any millisecond count that only grows and is never 0.
 * Threads: its owner's. Calls out come from inside calls in; they may call
 *          gossip_set(), nothing else.
 */
#pragma once

#include "state.h"

typedef struct Gossip Gossip;

typedef struct {
	NodeId        self;       /* the name is interned by gossip_new() */
	const char   *cluster_id; /* copied */
	int64_t       interval_ms;
	FailureConfig failure;
	int64_t       dead_grace_ms;      /* then a dead node is forgotten; half of it: no more told */
	int64_t       tombstone_grace_ms; /* the same for deleted keys */
	size_t        delta_budget;       /* bytes of delta in a datagram, if one key needs no more */
	guint32       seed;
} GossipConfig;

typedef struct {
	void (*send)(VmqBytes datagram, const NodeAddress *to, void *data);
	void (*on_key)(const Node *node, const char *key, VmqBytes value, void *data);
	void (*on_live)(const Node *node, void *data);
	void (*on_newest)(const Node *node, void *data); /* heard of, it took its name from another */
	void (*on_dead)(const Node *node, void *data);
	void (*on_removed)(const Node *node, void *data); /* about to be freed */
	void (*on_clash)(const NodeId *other, void *data); /* somebody else has our name */
	/* Ours is another generation now. */
	void (*on_outlived)(uint64_t former, uint64_t generation, void *data);
	void (*on_refused)(const NodeAddress *from, const char *why, void *data);
} GossipEvents;

/* What has come and gone. */
typedef struct {
	uint64_t received, sent, refused, applied, rejected, foreign, poison;
} GossipCounts;

Gossip *gossip_new(const GossipConfig *config, const GossipEvents *events, void *data);
void    gossip_free(Gossip *gossip); /* NULL is fine */

/* Own keys. Set peer_addr and subscriptions, in this order, before the first tick. */
void gossip_set(Gossip *gossip, const char *key, const char *value, int64_t now_ms);

/* Replaces the seeds; the own address among them is harmless. */
void gossip_set_seeds(Gossip *gossip, const NodeAddress *seeds, unsigned n);

/* Once per interval, the first time at once. */
void gossip_tick(Gossip *gossip, int64_t now_ms);
void gossip_receive(Gossip *gossip, VmqBytes datagram, const NodeAddress *from, int64_t now_ms);

/* A link to this node broke: it may have been restarted and know nothing of us. */
void gossip_doubt(Gossip *gossip, const char *name);

/* Tells the live ones that we want nothing any more; the last thing to do (3.12). */
void gossip_farewell(Gossip *gossip, int64_t now_ms);

/* The newest identity of a name, oneself excluded; NULL: not known. */
const Node *gossip_newest(const Gossip *gossip, const char *name);

typedef void (*GossipEach)(const Node *node, void *data);
void gossip_foreach(const Gossip *gossip, GossipEach each, void *data); /* oneself excluded */

const State        *gossip_state(const Gossip *gossip);
const GossipCounts *gossip_counts(const Gossip *gossip);
