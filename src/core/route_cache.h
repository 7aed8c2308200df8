/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_cache.h - the router's answers, kept while they hold
 *
 * Publishers mostly say the next word on the topic of the last. Each worker keeps
 * the answers for topics that it was asked twice; an answer holds while the
 * router's generation is the one it was given in. Long ones are not kept: next to
 * them the walk through the tree is nothing. In a shared group another is chosen
 * each time it is asked.
 *
 * For those whose topics differ from message to message there is another way: who has several
 * messages in hand says what it is going to ask, and the answers are looked up together.
 *
 * Owner:   each worker has one of its own.   Threads: that worker.
 * Memory:  at most ROUTE_CACHE_SLOTS topics of ROUTE_CACHE_MAX_MATCHES matches and groups, and
 *          ROUTE_QUESTIONS_MAX answers that are expected.
 */
#pragma once

#include "core/router.h"

#define ROUTE_CACHE_SLOTS       1024 /* a power of two */
#define ROUTE_CACHE_MAX_MATCHES 64
#define ROUTE_CACHE_MAX_TOPIC   256 /* bytes */

/* As router_match(), with turns taken. The answer is valid until the next call on this worker. */
const Matches *route_cache_match(Router *router, VmqBytes topic, RouteFlags flags);

/*
 * The next questions, without flags, if all goes well: nothing goes wrong if they are not asked, or
 * others, or something changes meanwhile. Worth it when the last question was answered by the
 * tree, and nothing more is expected: then route_cache_wants_more() is true. `n` is up to
 * ROUTE_QUESTIONS_MAX, and so are the answers, whose number is returned; no turns are taken in them,
 * and they are valid as above.
 */
bool     route_cache_wants_more(void);
unsigned route_cache_expect(Router *router, const VmqBytes *topics, unsigned n,
                            const Matches **answers);

/* Gives back what this worker keeps. */
void route_cache_forget(void);
