/* SPDX-License-Identifier: Apache-2.0 */
/* slots.c - addresses: how things on a worker are named from elsewhere */
#include "run/slots.h"

#define NONE            UINT32_MAX
#define GENERATION_MASK 0xFFFFFFu

void
slots_init(Slots *table, unsigned worker)
{
	*table = (Slots){.first_free = NONE, .last_free = NONE, .worker = (uint8_t) worker};
}

void
slots_clear(Slots *table)
{
	g_clear_pointer(&table->slots, g_free);
	table->n_slots = table->room = 0;
}

static uint32_t
take_slot(Slots *table)
{
	uint32_t i = table->first_free;

	if (i != NONE) {
		table->first_free = table->slots[i].next_free;
		if (table->first_free == NONE)
			table->last_free = NONE;
		return i;
	}
	if (table->n_slots == table->room) {
		table->room = MAX(64, table->room * 2);
		table->slots = g_renew(Slot, table->slots, table->room);
	}
	table->slots[table->n_slots] = (Slot){.generation = 0};
	return table->n_slots++;
}

VmqAddr
slots_add(Slots *table, void *owner, const void *kind)
{
	g_assert(owner != NULL);
	uint32_t i = take_slot(table);
	Slot    *slot = &table->slots[i];

	slot->owner = owner;
	slot->kind = kind;
	slot->generation = (slot->generation + 1) & GENERATION_MASK;
	if (slot->generation == 0)
		slot->generation = 1;
	return (VmqAddr){.worker = table->worker, .generation = slot->generation, .slot = i};
}

void
slots_remove(Slots *table, VmqAddr addr)
{
	if (slots_find(table, addr) == NULL)
		return;

	Slot *slot = &table->slots[addr.slot];

	slot->owner = NULL;
	slot->next_free = NONE;
	if (table->last_free == NONE)
		table->first_free = addr.slot;
	else
		table->slots[table->last_free].next_free = addr.slot;
	table->last_free = addr.slot;
}
