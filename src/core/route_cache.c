/* SPDX-License-Identifier: Apache-2.0 */
/* route_cache.c - the router's answers, kept while they hold */
#include "core/route_cache.h"

#include "base/hash.h"

typedef struct {
	uint64_t hash;       /* of the topic last asked for, with the flags; 0: none */
	uint32_t generation; /* of the answer */
	uint16_t topic_size;
	uint8_t  flags;
	uint8_t *topic;   /* NULL: no answer is kept */
	Matches  matches;
} Slot;

static _Thread_local Slot   *slots;
static _Thread_local Matches fresh; /* an answer that is not kept */

static void
clear(Slot *slot)
{
	g_clear_pointer(&slot->topic, g_free);
	matches_free(&slot->matches);
}

static bool
holds(const Slot *slot, uint32_t generation, VmqBytes topic, RouteFlags flags)
{
	return slot->topic != NULL && slot->generation == generation && slot->flags == flags &&
	       slot->topic_size == topic.size && memcmp(slot->topic, topic.data, topic.size) == 0;
}

static void
keep(Slot *slot, uint32_t generation, VmqBytes topic, RouteFlags flags)
{
	clear(slot);
	slot->generation = generation;
	slot->flags = (uint8_t) flags;
	slot->topic_size = (uint16_t) topic.size;
	slot->topic = g_memdup2(topic.data, topic.size);
	matches_copy(&slot->matches, &fresh);
}

const Matches *
route_cache_match(Router *router, VmqBytes topic, RouteFlags flags)
{
	if (topic.size > ROUTE_CACHE_MAX_TOPIC) {
		router_match(router, topic, flags, &fresh);
		return &fresh;
	}
	if (slots == NULL)
		slots = g_new0(Slot, ROUTE_CACHE_SLOTS);

	/* The generation is read before the tree: an answer is at least as new as it says. */
	uint32_t generation = router_generation(router);
	uint64_t hash = (hash_bytes(topic) ^ flags) | 1;
	Slot    *slot = &slots[hash >> 32 & (ROUTE_CACHE_SLOTS - 1)];

	if (slot->hash == hash && holds(slot, generation, topic, flags))
		return &slot->matches;

	bool is_steady = router_match(router, topic, flags, &fresh);

	if (slot->hash == hash && is_steady && fresh.n <= ROUTE_CACHE_MAX_MATCHES)
		keep(slot, generation, topic, flags);
	slot->hash = hash;
	return &fresh;
}

void
route_cache_forget(void)
{
	for (unsigned i = 0; slots != NULL && i < ROUTE_CACHE_SLOTS; i++)
		clear(&slots[i]);
	g_clear_pointer(&slots, g_free);
	matches_free(&fresh);
}
