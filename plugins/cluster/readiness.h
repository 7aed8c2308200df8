/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readiness.h - what a node that was just started waits for before it is ready
 *
 * For somebody to answer its gossip; then, of each node that is there, for links both
 * ways, for what its clients want, and for all of its retained messages. Who does not
 * answer is waited for until join_timeout is over; who is telling us its retained
 * messages, for as long as that takes. Clients are served all the while, and nothing
 * that happens later makes the node unready: to be alone is no reason to serve nobody.
 *
 * Threads: control.
 */
#pragma once

#include "cluster.h"

Readiness *readiness_new(Cluster *cluster, unsigned join_timeout_ms);
void       readiness_free(Readiness *readiness); /* NULL is fine */

/* Something came or went. NULL is fine. */
void readiness_look(Readiness *readiness);
