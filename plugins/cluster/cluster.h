/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - what the parts of the plugin share
 *
 * gossip says who is there (gossip.h), a Peer holds the links to one of them
 * (peer.h), Interest tells them what we want (interest.h).
 *
 * Threads: control.
 */
#pragma once

#include "gossip.h"
#include "link.h"

#include <vibemq/plugin.h>

typedef struct Interest  Interest;
typedef struct Readiness Readiness;
typedef struct Seeds     Seeds;
typedef struct Udp       Udp;

/* What nodes of ours tell each other that they can do (wire protocol 7.2). */
#define CLUSTER_CAPS "1 bigframe props subs2 retsync pushed"

typedef struct {
	VmqCounter frames_in, frames_out, datagrams_refused, link_downs;
	VmqCounter dropped_full, dropped_large, refused_topics;
} ClusterCounters;

typedef struct {
	VmqHost        *host;
	char           *node_id;
	LinkConfig      link;
	size_t          max_unsent_bytes; /* towards one peer, in memory */
	unsigned        max_spool_messages;
	unsigned        stuck_timeout_ms;
	int64_t         gossip_interval_ms;
	bool            stopping;
	Gossip         *gossip;
	Udp            *udp;
	Seeds          *seeds;
	Interest       *interest;
	Readiness      *readiness;
	VmqAcceptor    *acceptor;
	GHashTable     *peers; /* name -> Peer */
	GPtrArray      *callers; /* accepted links whose name is not known yet */
	VmqTimer       *tick;
	ClusterCounters counters;
} Cluster;
