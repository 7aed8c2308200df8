/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_cache.h - one worker's questions to the router
 *
 * Publishers mostly say the next word on the topic of the last: what was known last is looked at
 * first, then what else is known (answers.h), then the tree. An answer holds while the router's
 * generation is the one it was given in. In a shared group another is chosen each time it is asked.
 *
 * Where topics differ from message to message each would wait for memory by itself. So who has
 * several messages in hand says what it is going to ask, and all is looked up together.
 *
 * Owner:   each worker has one of its own.   Threads: that worker.
 * Memory:  what is known, up to ANSWERS_MAX_BYTES, and ROUTE_QUESTIONS_MAX answers that are expected.
 */
#pragma once

#include "core/router.h"

/* As router_match(), with turns taken. The answer is valid until the next call on this worker. */
const Matches *route_cache_match(Router *router, VmqBytes topic, RouteFlags flags);

/*
 * The next questions, without flags, if all goes well: nothing goes wrong if they are not asked, or
 * others, or something changes meanwhile. Worth it when topics differ, the tree is asked or much is
 * known, and no more is expected: then route_cache_wants_more() is true. `n` is up to
 * ROUTE_QUESTIONS_MAX, and so are the answers, whose number is returned; no turns are taken in them,
 * and they are valid as above.
 */
bool     route_cache_wants_more(void);
unsigned route_cache_expect(Router *router, const VmqBytes *topics, unsigned n,
                            const Matches **answers);

/* Gives back what this worker keeps. */
void route_cache_forget(void);
