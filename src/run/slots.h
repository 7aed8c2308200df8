/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - addresses: how things on a worker are named from elsewhere
 *
 * A table of owners with a generation beside each, so that an address outlives
 * its owner as a value that finds nobody.
 *
 * Owner:   a worker.        Threads: that worker only.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	void       *owner;
	const void *kind; /* tells what the owner is: a sink's VmqSinkOps, or a mark of its own */
	uint32_t    generation;
	uint32_t    next_free;
} Slot;

typedef struct {
	Slot    *slots;
	uint32_t n_slots, room;
	uint32_t first_free, last_free; /* oldest first, so that a generation lasts long */
	uint8_t  worker;
} Slots;

void    slots_init(Slots *table, unsigned worker);
void    slots_clear(Slots *table);
VmqAddr slots_add(Slots *table, void *owner, const void *kind);
void    slots_remove(Slots *table, VmqAddr addr);

/* NULL when nobody lives there any more. The slot is valid until the next slots_add(). */
static inline const Slot *
slots_find(const Slots *table, VmqAddr addr)
{
	if (addr.worker != table->worker || addr.slot >= table->n_slots)
		return NULL;

	const Slot *slot = &table->slots[addr.slot];

	return slot->generation == addr.generation && slot->owner != NULL ? slot : NULL;
}
