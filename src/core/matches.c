/* SPDX-License-Identifier: Apache-2.0 */
/* matches.c - who gets one message, and on what terms */
#include "core/matches.h"

#include <stdlib.h>
#include <string.h>

/* Below this a plain insertion sort wins: most runs are short and nearly sorted. */
#define INSERTION_MAX 32

void
matches_free(Matches *matches)
{
	g_free(matches->items);
	g_free(matches->ids);
	g_free(matches->groups);
	*matches = (Matches){0};
}

static void
copy_numbers(uint32_t **to, unsigned *n, unsigned *room, const uint32_t *from, unsigned n_from)
{
	if (*room < n_from) {
		*to = g_renew(uint32_t, *to, n_from);
		*room = n_from;
	}
	if (n_from > 0)
		memcpy(*to, from, n_from * sizeof(**to));
	*n = n_from;
}

void
matches_copy(Matches *to, const Matches *from)
{
	if (to->room < from->n) {
		to->items = g_renew(Match, to->items, from->n);
		to->room = from->n;
	}
	if (from->n > 0)
		memcpy(to->items, from->items, from->n * sizeof(Match));
	to->n = from->n;
	copy_numbers(&to->ids, &to->n_ids, &to->ids_room, from->ids, from->n_ids);
	copy_numbers(&to->groups, &to->n_groups, &to->groups_room, from->groups, from->n_groups);
}

Match *
matches_extend(Matches *matches, unsigned more)
{
	if (matches->room - matches->n < more) {
		matches->room = MAX(MAX(64, matches->room * 2), matches->n + more);
		matches->items = g_renew(Match, matches->items, matches->room);
	}
	matches->n += more;
	return matches->items + matches->n - more;
}

static int
by_address(const void *a, const void *b)
{
	uint64_t x = match_key(((const Match *) a)->addr), y = match_key(((const Match *) b)->addr);

	return (x > y) - (x < y);
}

static void
sort(Match *items, unsigned n)
{
	if (n > INSERTION_MAX) {
		qsort(items, n, sizeof(*items), by_address);
		return;
	}
	for (unsigned i = 1; i < n; i++) {
		Match    item = items[i];
		unsigned at = i;

		for (; at > 0 && by_address(&items[at - 1], &item) > 0; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static void
add_number(uint32_t **numbers, unsigned *n, unsigned *room, uint32_t number)
{
	if (*n == *room) {
		*room = MAX(16, *room * 2);
		*numbers = g_renew(uint32_t, *numbers, *room);
	}
	(*numbers)[(*n)++] = number;
}

static void
add_id(Matches *matches, uint32_t id)
{
	add_number(&matches->ids, &matches->n_ids, &matches->ids_room, id);
}

void
matches_add_group(Matches *matches, uint32_t group)
{
	add_number(&matches->groups, &matches->n_groups, &matches->groups_room, group);
}

void
matches_add_shared(Matches *matches, const Match *member, uint32_t group)
{
	Match *match = matches_extend(matches, 1);

	*match = *member;
	match->flags |= MATCH_SHARED;
	match->id = matches->n_ids;
	add_id(matches, group);
	add_id(matches, member->id);
}

/* All of items[0..n) have one address: the first becomes their sum. */
static Match
sum(Matches *matches, const Match *items, unsigned n)
{
	Match    all = items[0];
	unsigned first = matches->n_ids;

	all.n_ids = 0;
	for (unsigned i = 0; i < n; i++) {
		all.qos = MAX(all.qos, items[i].qos);
		/* A restriction holds only if every filter makes it, a favour if any does. */
		all.flags = (uint8_t) ((all.flags & items[i].flags & VMQ_GRANT_NO_LOCAL) |
		                       (all.flags & items[i].flags & VMQ_GRANT_RELAY) |
		                       ((all.flags | items[i].flags) & VMQ_GRANT_RETAIN_AS_PUBLISHED));
		if (items[i].n_ids > 0) {
			add_id(matches, items[i].id);
			all.n_ids++;
		}
	}
	if (all.n_ids == 1) {
		all.id = matches->ids[first];
		matches->n_ids = first;
	} else {
		all.id = first;
	}
	return all;
}

void
matches_merge(Matches *matches)
{
	unsigned kept = 0;

	sort(matches->items, matches->n);
	for (unsigned i = 0, end; i < matches->n; i = end) {
		for (end = i + 1; end < matches->n &&
		                  vmq_addr_equal(matches->items[i].addr, matches->items[end].addr);
		     end++)
			;
		matches->items[kept++] = end - i == 1 ? matches->items[i]
		                                      : sum(matches, matches->items + i, end - i);
	}
	matches->n = kept;
}
