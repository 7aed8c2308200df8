/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_cache.h - the router's answers, kept while they hold
 *
 * Publishers mostly say the next word on the topic of the last. Each worker keeps
 * the answers for topics that it was asked twice; an answer holds while the
 * router's generation is the one it was given in. Answers that differ from one
 * message to the next (a shared group takes turns) are never kept, nor are long
 * ones, next to which the walk through the tree is nothing.
 *
 * Owner:   each worker has one of its own.   Threads: that worker.
 * Memory:  at most ROUTE_CACHE_SLOTS topics of ROUTE_CACHE_MAX_MATCHES matches.
 */
#pragma once

#include "core/router.h"

#define ROUTE_CACHE_SLOTS       1024 /* a power of two */
#define ROUTE_CACHE_MAX_MATCHES 64
#define ROUTE_CACHE_MAX_TOPIC   256 /* bytes */

/* As router_match(). The answer is valid until the next call on this worker. */
const Matches *route_cache_match(Router *router, VmqBytes topic, RouteFlags flags);

/* Gives back what this worker keeps. */
void route_cache_forget(void);
