/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matches.h - who gets one message, and on what terms
 *
 * Filled by the router, read by deliver. Several filters of one sink become one
 * match: the highest QoS, every Subscription Identifier [MQTT-3.3.4-2..4].
 *
 * Owner:   a publish in progress; one is kept per worker and used again.
 */
#pragma once

#include <vibemq/sink.h>

typedef struct {
	VmqAddr  addr;
	uint32_t id; /* n_ids 1: the identifier; more: where they begin in Matches.ids */
	uint16_t n_ids;
	uint8_t  qos;
	uint8_t  flags; /* VmqGrantFlags, MATCH_SHARED */
} Match;

/* Chosen for a shared group: `id` is where in Matches.ids its number stands, then its identifier. */
#define MATCH_SHARED 0x80

typedef struct {
	Match    *items;
	uint32_t *ids;
	uint32_t *groups; /* numbers of shared groups, for which nobody is chosen yet */
	unsigned  n, room;
	unsigned  n_ids, ids_room;
	unsigned  n_groups, groups_room;
} Matches;

static inline void
matches_clear(Matches *matches)
{
	matches->n = matches->n_ids = matches->n_groups = 0;
}

void   matches_free(Matches *matches); /* what it owns */
void   matches_copy(Matches *to, const Matches *from); /* what `to` has goes; its memory is used again */
Match *matches_extend(Matches *matches, unsigned more);
void   matches_add_group(Matches *matches, uint32_t group);
void   matches_add_shared(Matches *matches, const Match *member, uint32_t group);
void   matches_merge(Matches *matches); /* of several filters: sorts, and makes one of each sink's */

/* The order in which grants of a filter are kept. */
static inline uint64_t
match_key(VmqAddr addr)
{
	return (uint64_t) addr.worker << 56 | (uint64_t) addr.slot << 24 | addr.generation;
}

static inline VmqGrant
match_grant(const Match *match, const uint32_t *ids)
{
	if (match->flags & MATCH_SHARED)
		return (VmqGrant){.qos = match->qos,
		                  .flags = match->flags & ~MATCH_SHARED,
		                  .n_ids = match->n_ids,
		                  .group = ids[match->id],
		                  .ids = ids + match->id + 1};
	return (VmqGrant){.qos = match->qos,
	                  .flags = match->flags,
	                  .n_ids = match->n_ids,
	                  .ids = match->n_ids > 1 ? ids + match->id : &match->id};
}
