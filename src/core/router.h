/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.h - who wants which topic
 *
 * Maps topic filters to the addresses of sinks. It is one of the two structures
 * that all workers share, and PUBLISH goes through it.
 *
 * A filter that begins with "$share/<group>/" makes the sink a member of a group,
 * of which each message goes to one [MQTT-4.8.2-4].
 *
 * Owner:   broker.c, from before the first worker starts until the last ends.
 * Threads: any worker. What asks it holds the calling worker's own read lock, which
 *          nobody else wants. What changes it holds them all: that serves SUBSCRIBE and
 *          UNSUBSCRIBE, never PUBLISH.
 * Memory:  filters are copied in. Matches hold addresses, never references.
 * Fails:   never. Filters have been checked before they get here.
 */
#pragma once

#include "core/matches.h"

typedef struct Router Router;

Router *router_new(unsigned n_workers);
void    router_free(Router *router); /* NULL is fine */

/*
 * Sets what `sink` is granted on `filter`. At most one identifier. Returns true
 * when this is the first local grant on the plain filter: interest began; and when it
 * makes a relay's of the last local one: interest ended.
 */
bool router_add(Router *router, const char *filter, VmqAddr sink, const VmqGrant *grant);

/* The reverse. Returns true when the last local grant left: interest ended. */
bool router_remove(Router *router, const char *filter, VmqAddr sink);

/* A member of a shared group who is not connected gets messages only if all are away. */
void router_set_away(Router *router, const char *filter, VmqAddr sink, bool away);

/* Sinks that get every retained publish of this node, whatever their filters. */
void router_want_retained(Router *router, VmqAddr sink, bool wanted);

typedef enum {
	ROUTE_LOCAL_ONLY = 1, /* without relays: for what came from another node */
	ROUTE_RETAINED = 2,   /* and to those that want all retained messages */
} RouteFlags;

/*
 * Fills `out` with every sink that wants `topic`, each once, with its grants merged; and with the
 * shared groups that want it. The answer stays the same while the generation does.
 */
void router_match(Router *router, VmqBytes topic, RouteFlags flags, Matches *out);

/*
 * For each group that `matches` names: adds the member whose turn it is, apart from what it may
 * have got otherwise; none if the group is no more. Then they name no group.
 */
void router_take_turns(Router *router, Matches *matches);

/* One of several. */
typedef struct {
	VmqBytes topic;
	Matches *answer; /* is filled */
	bool     is_answered;
} RouteQuestion;

#define ROUTE_QUESTIONS_MAX 16

/*
 * As router_match() for each, without flags; of a large tree's memory they wait together and not
 * one after the other. Topics of very many levels are not answered.
 */
void router_match_all(Router *router, RouteQuestion *questions, unsigned n);

/* Another number after every change. */
uint32_t router_generation(const Router *router);

/* `filter` is a plain one. */
bool router_has_local(Router *router, const char *filter);

/* Calls `each` for every plain filter with local interest; no lock is held meanwhile. */
typedef void (*RouterEach)(const char *filter, void *data);
void router_local_foreach(Router *router, RouterEach each, void *data);

unsigned router_count(Router *router); /* grants and memberships */
