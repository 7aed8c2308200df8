/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routes.h - filters, sinks and matches in the tests of the router: as text where a person reads
 * them, at random where an oracle does
 *
 * A match is "SLOT/QOS", then n for No Local, p for Retain As Published, r for Relay, then its
 * identifiers in rising order: "3/2np:7,9". Matches are separated by blanks.
 */
#pragma once

#include "base/hash.h"
#include "core/matches.h"

#include <stdlib.h>
#include <string.h>

/* Before anything is hashed: what lies where is the same in each run. */
static inline void
routes_fix_places(void)
{
	hash_key[0] = 0x9e3779b97f4a7c15u;
	hash_key[1] = 0xd1b54a32d192ed03u;
}

static inline VmqBytes
text(const char *string)
{
	return (VmqBytes){(const uint8_t *) string, strlen(string)};
}

static inline VmqAddr
sink(unsigned slot)
{
	return (VmqAddr){.worker = slot % 2, .generation = 1, .slot = slot};
}

static inline int
routes_by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

static inline void
routes_append(GString *all, unsigned slot, const VmqGrant *grant)
{
	g_autofree uint32_t *ids = g_memdup2(grant->ids, grant->n_ids * sizeof(uint32_t));

	g_string_append_printf(all, "%s%u/%u%s%s%s", all->len > 0 ? " " : "", slot, grant->qos,
	                       grant->flags & VMQ_GRANT_NO_LOCAL ? "n" : "",
	                       grant->flags & VMQ_GRANT_RETAIN_AS_PUBLISHED ? "p" : "",
	                       grant->flags & VMQ_GRANT_RELAY ? "r" : "");
	if (grant->n_ids > 1)
		qsort(ids, grant->n_ids, sizeof(*ids), routes_by_number);
	for (unsigned i = 0; i < grant->n_ids; i++)
		g_string_append_printf(all, "%c%u", i == 0 ? ':' : ',', ids[i]);
}

static inline char *
routes_text(const Matches *matches)
{
	GString *all = g_string_new(NULL);

	for (unsigned i = 0; i < matches->n; i++) {
		VmqGrant grant = match_grant(&matches->items[i], matches->ids);

		routes_append(all, (unsigned) matches->items[i].addr.slot, &grant);
	}
	return g_string_free(all, FALSE);
}

/* Few levels and few names, so that filters and topics meet; `wild` may have wildcards. */
static inline char *
routes_random(GRand *dice, bool wild)
{
	static const char *const names[] = {"a", "b", "", "$s", "long level name", "+", "#"};
	int      n_levels = g_rand_int_range(dice, 1, 5);
	GString *all = g_string_new(NULL);

	for (int i = 0; i < n_levels; i++) {
		int name = g_rand_int_range(dice, 0, wild ? 7 : 5);

		g_string_append_printf(all, "%s%s", i > 0 ? "/" : "", names[name]);
		if (name == 6)
			break;
	}
	if (all->len == 0)
		g_string_append(all, "a");
	return g_string_free(all, FALSE);
}
