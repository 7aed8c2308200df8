/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - how many of each key are inside, and how fast they come
 *
 * Keys are for example addresses; all workers count in the same tally. It is asked
 * once when somebody comes and once when he leaves, never in between.
 *
 * Threads: any. Keys are spread over parts with a lock each, held for one look-up.
 * Memory:  an entry for each key that is inside, or came within the last second.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	uint8_t bytes[16];
} TallyKey;

typedef struct {
	uint32_t most;       /* inside at a time; 0: no bound */
	uint32_t most_per_s; /* that come within a second; 0: no bound */
} TallyBounds;

typedef enum { TALLY_ENTERED, TALLY_FULL, TALLY_TOO_FAST } TallyResult;

typedef struct Tally Tally;

Tally *tally_new(void);
void   tally_free(Tally *tally); /* NULL is fine */

/* Who is refused is not inside, and has not come. */
TallyResult tally_enter(Tally *tally, const TallyKey *key, TallyBounds bounds, int64_t now_ms);
void        tally_leave(Tally *tally, const TallyKey *key, int64_t now_ms);

size_t tally_size(Tally *tally); /* entries */
