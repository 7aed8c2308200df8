/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.h - the last word on each topic
 *
 * One message per topic, the one with the highest stamp: whoever learns of two in
 * whatever order keeps the same one, which is how nodes agree without asking. A
 * cleared topic keeps its stamp in a tombstone (a message without payload) until
 * retained_sweep() finds it old, so that an older message cannot come back.
 *
 * The store numbers what it takes, so that what came later can be told from what was there.
 *
 * Owner:   broker.c.
 * Threads: readers hold their worker's own lock, writers all (run/brlock.h).
 * Memory:  the store holds a reference to each message.
 * Fails:   retained_set() refuses a message when the store is full or memory is short.
 */
#pragma once

#include "core/message.h"

typedef struct Retained Retained;

Retained *retained_new(unsigned n_workers, unsigned max_messages); /* 0: no bound */
void      retained_free(Retained *store);                         /* NULL is fine */

typedef enum {
	RETAINED_CHANGED, /* it is the last word now */
	RETAINED_STALE,   /* a newer one is there: it loses */
	RETAINED_FULL,    /* no room for one more topic */
	RETAINED_SHORT,   /* it takes more memory than what is there, and memory is short */
} RetainedResult;

/* While the caller is the only one who knows of `msg`: it is given its number. */
RetainedResult retained_set(Retained *store, VmqMsg *msg);

/* The number of the newest that there is. */
uint64_t retained_newest(Retained *store);

/* Is `msg` still the last word on its topic? */
bool retained_is_current(const VmqMsg *msg);

#define RETAINED_ALL UINT64_MAX

/*
 * References to the messages that `filter` matches, up to the one with the number `newest`, not
 * expired, without tombstones. NULL: all there are, tombstones too.
 */
GPtrArray *retained_collect(Retained *store, const char *filter, uint64_t newest);

/* Forgets tombstones and expired messages that are older than `ttl_ms`. */
void retained_sweep(Retained *store, int64_t ttl_ms);

unsigned retained_count(Retained *store); /* without tombstones, and without $SYS */
