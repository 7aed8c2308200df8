/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seeds.h - names of nodes to begin with, and the addresses they have now
 *
 * All addresses of a name are seeds. Names are resolved on another thread, at the
 * start and every `refresh_ms`; while one does not resolve, sooner, and the others keep
 * the addresses that they had.
 *
 * Owner:   the cluster.        Threads: control.
 */
#pragma once

#include "node_id.h"

typedef struct Seeds Seeds;

#define SEEDS_RETRY_MS 1000

/* Called after each round, with all addresses there are. */
typedef void (*SeedsFunc)(const NodeAddress *addresses, unsigned n, void *data);

/* The first of `names` that is not "host:port"; NULL: all are. */
const char *seeds_find_bad(char *const *names);

Seeds *seeds_new(char *const *names, unsigned refresh_ms, SeedsFunc on_resolved, void *data);
void   seeds_free(Seeds *seeds); /* NULL is fine; a lookup that runs ends by itself */

/* The first address of a "host:port", waiting for DNS: at start-up only. */
bool seeds_resolve_now(const char *name, NodeAddress *address);
