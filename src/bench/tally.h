/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - what one thread has counted, from the first message to the last */
#pragma once

#include <stdint.h>

/* All of them only grow. A Tally is also an array of counters: TALLY_N of them. */
typedef struct {
	uint64_t ready;        /* clients that are connected and subscribed */
	uint64_t published;    /* messages */
	uint64_t acknowledged; /* of those, with QoS 1 and 2 */
	uint64_t refused;      /* of those, by the reason code of the acknowledgement */
	uint64_t expected;     /* deliveries of what was published */
	uint64_t received;     /* of those, each once */
	uint64_t duplicates;
	uint64_t late;    /* behind a later one of the same publisher */
	uint64_t damaged; /* neither name nor content of any message, or at the wrong subscriber */
	uint64_t pongs;
	uint64_t given_up; /* places in windows that were freed for lack of progress */
	uint64_t bytes_out, bytes_in;
} Tally;

#define TALLY_N (sizeof(Tally) / sizeof(uint64_t))

static inline void
tally_add(Tally *to, const Tally *more)
{
	uint64_t       *a = (uint64_t *) to;
	const uint64_t *b = (const uint64_t *) more;

	for (unsigned i = 0; i < TALLY_N; i++)
		a[i] += b[i];
}

static inline void
tally_subtract(Tally *from, const Tally *less)
{
	uint64_t       *a = (uint64_t *) from;
	const uint64_t *b = (const uint64_t *) less;

	for (unsigned i = 0; i < TALLY_N; i++)
		a[i] -= b[i];
}

/* One thread shows, others look; the counters need not be of the same moment. */
static inline void
tally_show(Tally *shown, const Tally *tally)
{
	uint64_t       *to = (uint64_t *) shown;
	const uint64_t *from = (const uint64_t *) tally;

	for (unsigned i = 0; i < TALLY_N; i++)
		__atomic_store_n(&to[i], from[i], __ATOMIC_RELEASE);
}

static inline void
tally_add_shown(Tally *to, const Tally *shown)
{
	uint64_t       *a = (uint64_t *) to;
	const uint64_t *b = (const uint64_t *) shown;

	for (unsigned i = 0; i < TALLY_N; i++)
		a[i] += __atomic_load_n(&b[i], __ATOMIC_ACQUIRE);
}
