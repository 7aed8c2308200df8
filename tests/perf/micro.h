/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro.h - one operation of the house, many times over, so that its instructions can be counted
 *
 * A scenario sets itself up, does its operation n times, tears itself down and returns what came of
 * it: deliveries, bytes of payload, whatever shows that the work was done. Of two runs that differ
 * in n alone, what they differ in is the operation's, so a scenario does the same around it
 * whatever n is, and knows neither clock nor chance.
 *
 * Threads: one.
 */
#pragma once

#include "messages.h"

#include <vibemq/types.h>

typedef struct {
	const char *name; /* one word; NULL ends a table */
	uint64_t (*run)(unsigned n);
	unsigned    results;      /* of each operation */
	unsigned    n_operations; /* so many and thrice as many are counted */
	const char *what;
} Micro;

extern const Micro micro_mqtt[], micro_core[], micro_cluster[];

#define MICRO_TOPIC "site/7/line/42/temperature"
#define MICRO_PAYLOAD_BYTES 64

extern const uint8_t micro_payload[MICRO_PAYLOAD_BYTES];

static inline VmqDraft
micro_draft(uint8_t qos)
{
	VmqDraft draft = draft_of(MICRO_TOPIC, "", qos);

	draft.payload = (VmqBytes){micro_payload, MICRO_PAYLOAD_BYTES};
	return draft;
}

/*
 * For all that the compiler knows, `data` has changed: across files it would otherwise see that an
 * operation on the same bytes always gives the same, and do it once.
 */
static inline void
micro_touch(const void *data)
{
	__asm__ volatile("" : : "r"(data) : "memory");
}
