/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - what one subscriber got from each of its sources, message by message
 *
 * A source is a publisher whose messages are numbered from 0. If all of them are
 * for this subscriber, the ledger is exact: a number that was skipped is missing
 * until it comes, and then late; a number that was there before is a duplicate.
 * If only some are (sparse), numbers must rise; what is missing others must count.
 *
 * Owner:   one subscriber.         Threads: its own.
 * Memory:  four bytes for each source, and twelve for each run of missing messages.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum { ARRIVAL_IN_ORDER, ARRIVAL_AHEAD, ARRIVAL_LATE, ARRIVAL_DUPLICATE } Arrival;

/* Numbers [first, end) of a source did not come yet. */
typedef struct {
	uint32_t source, first, end;
} LedgerGap;

/* Numbers are kept modulo 2^32: nothing comes two thousand million messages late. */
typedef struct {
	uint32_t  *next; /* of each source: one above the highest that came */
	LedgerGap *gaps;
	unsigned   n_sources, n_gaps, gaps_room;
	uint64_t   n_missing; /* in all gaps */
} Ledger;

void ledger_init(Ledger *ledger, unsigned n_sources);
void ledger_clear(Ledger *ledger);

Arrival ledger_note_unexpected(Ledger *ledger, unsigned source, uint32_t seq);

/* ARRIVAL_AHEAD: those before it are missing, from what `next` was; each will be late or lost. */
static inline Arrival
ledger_note(Ledger *ledger, unsigned source, uint32_t seq)
{
	if (ledger->next[source] != seq)
		return ledger_note_unexpected(ledger, source, seq);
	ledger->next[source] = seq + 1;
	return ARRIVAL_IN_ORDER;
}

/* Late is here: lower than one before; it may as well be a duplicate of an older one. */
static inline Arrival
ledger_note_sparse(Ledger *ledger, unsigned source, uint32_t seq)
{
	uint32_t ahead = seq - ledger->next[source];

	if (ahead == UINT32_MAX)
		return ARRIVAL_DUPLICATE;
	if (ahead > INT32_MAX)
		return ARRIVAL_LATE;
	ledger->next[source] = seq + 1;
	return ARRIVAL_IN_ORDER;
}

/* How many of the `published` messages of a source are behind the last that came. Not if sparse. */
static inline uint64_t
ledger_behind(const Ledger *ledger, unsigned source, uint64_t published)
{
	uint32_t behind = (uint32_t) published - ledger->next[source];

	return behind <= INT32_MAX ? behind : 0;
}
