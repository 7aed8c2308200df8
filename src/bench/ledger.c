/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c - what one subscriber got from each of its sources, message by message */
#include "bench/ledger.h"

#include <glib.h>

void
ledger_init(Ledger *ledger, unsigned n_sources)
{
	*ledger = (Ledger){.n_sources = n_sources, .next = g_new0(uint32_t, n_sources)};
}

void
ledger_clear(Ledger *ledger)
{
	g_free(ledger->next);
	g_free(ledger->gaps);
	*ledger = (Ledger){0};
}

static void
add_gap(Ledger *ledger, LedgerGap gap)
{
	if (ledger->n_gaps == ledger->gaps_room) {
		ledger->gaps_room = ledger->gaps_room > 0 ? 2 * ledger->gaps_room : 16;
		ledger->gaps = g_renew(LedgerGap, ledger->gaps, ledger->gaps_room);
	}
	ledger->gaps[ledger->n_gaps++] = gap;
	ledger->n_missing += gap.end - gap.first;
}

/* Takes `seq` out of gap `i`, of which up to two remain. */
static void
fill_gap(Ledger *ledger, unsigned i, uint32_t seq)
{
	LedgerGap gap = ledger->gaps[i];

	ledger->gaps[i] = ledger->gaps[--ledger->n_gaps];
	ledger->n_missing -= gap.end - gap.first;
	if (gap.first != seq)
		add_gap(ledger, (LedgerGap){gap.source, gap.first, seq});
	if (gap.end != seq + 1)
		add_gap(ledger, (LedgerGap){gap.source, seq + 1, gap.end});
}

/* What is late is seldom very late, so the youngest gaps are looked at first. */
static Arrival
note_behind(Ledger *ledger, unsigned source, uint32_t seq)
{
	for (unsigned i = ledger->n_gaps; i-- > 0;) {
		const LedgerGap *gap = &ledger->gaps[i];

		if (gap->source == source && seq - gap->first < gap->end - gap->first) {
			fill_gap(ledger, i, seq);
			return ARRIVAL_LATE;
		}
	}
	return ARRIVAL_DUPLICATE;
}

Arrival
ledger_note_unexpected(Ledger *ledger, unsigned source, uint32_t seq)
{
	uint32_t next = ledger->next[source];

	if (seq - next > INT32_MAX)
		return note_behind(ledger, source, seq);
	add_gap(ledger, (LedgerGap){source, next, seq});
	ledger->next[source] = seq + 1;
	return ARRIVAL_AHEAD;
}
