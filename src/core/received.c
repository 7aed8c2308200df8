/* SPDX-License-Identifier: Apache-2.0 */
/* received.c - packet identifiers of QoS 2 messages that a client has not released */
#include "core/received.h"

#define NOT_THERE UINT32_MAX

static uint32_t
find(const Received *set, uint16_t packet_id)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (set->ids[i] == packet_id)
			return i;
	return NOT_THERE;
}

bool
received_has(const Received *set, uint16_t packet_id)
{
	return find(set, packet_id) != NOT_THERE;
}

static void
swap(Received *set, uint32_t i, uint32_t j)
{
	uint16_t id = set->ids[i];

	set->ids[i] = set->ids[j];
	set->ids[j] = id;
}

void
received_rewind(Received *set)
{
	set->n_old = set->n;
}

void
received_add(Received *set, uint16_t packet_id)
{
	uint32_t i = find(set, packet_id);

	if (i < set->n_old) {
		swap(set, i, --set->n_old);
		return;
	}
	if (i != NOT_THERE)
		return;
	if (set->n == set->room) {
		set->room = MAX(8, set->room * 2);
		set->ids = g_renew(uint16_t, set->ids, set->room);
	}
	set->ids[set->n++] = packet_id;
}

bool
received_remove(Received *set, uint16_t packet_id)
{
	uint32_t i = find(set, packet_id);

	if (i == NOT_THERE)
		return false;
	if (i < set->n_old) {
		swap(set, i, --set->n_old);
		i = set->n_old;
	}
	set->ids[i] = set->ids[--set->n];
	if (set->n == 0)
		received_clear(set);
	return true;
}

void
received_clear(Received *set)
{
	g_free(set->ids);
	*set = (Received){0};
}
