/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interest.h - what this node's clients want, told to the others
 *
 * The router knows; here is what was told last, so that only changes are. They go to
 * the links of our peers at once, and into gossip once per interval, widened if they
 * are too many for one value.
 *
 * Owner:   the cluster.        Threads: control.
 */
#pragma once

#include "cluster.h"

Interest *interest_new(Cluster *cluster);
void      interest_free(Interest *interest); /* NULL is fine */

/* The router's mind about `filter` may have changed. */
void interest_look(Interest *interest, const char *filter);

/* A peer dialled us: the whole set, if it can take that. */
void interest_introduce(Interest *interest, Link *link);
void interest_send_update(Link *link, const GPtrArray *added, const GPtrArray *removed);

/* Puts the set into gossip if it changed; called once per interval. */
void interest_gossip(Interest *interest);
