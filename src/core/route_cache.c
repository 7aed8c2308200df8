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
static _Thread_local Matches fresh;  /* an answer that is not kept */
static _Thread_local Matches chosen; /* one in which shared groups have taken turns */

/* An answer to what has not been asked yet. */
typedef struct {
	Matches matches;
	bool    is_answered;
	size_t  topic_size;
	uint8_t topic[ROUTE_CACHE_MAX_TOPIC];
} Expected;

static _Thread_local Expected expected[ROUTE_QUESTIONS_MAX];
static _Thread_local unsigned first_expected, n_expected;
static _Thread_local uint32_t expected_generation;
static _Thread_local bool     is_searching; /* the last question went through the tree */

static void
clear(Slot *slot)
{
	g_clear_pointer(&slot->topic, g_free);
	matches_free(&slot->matches);
}

static uint64_t
hash_question(VmqBytes topic, RouteFlags flags)
{
	return (hash_bytes(topic) ^ flags) | 1;
}

static Slot *
slot_of(uint64_t hash)
{
	if (slots == NULL)
		slots = g_new0(Slot, ROUTE_CACHE_SLOTS);
	return &slots[hash >> 32 & (ROUTE_CACHE_SLOTS - 1)];
}

static bool
holds(const Slot *slot, uint32_t generation, VmqBytes topic, RouteFlags flags)
{
	return slot->topic != NULL && slot->generation == generation && slot->flags == flags &&
	       slot->topic_size == topic.size && memcmp(slot->topic, topic.data, topic.size) == 0;
}

static void
keep(Slot *slot, uint32_t generation, VmqBytes topic, RouteFlags flags, const Matches *matches)
{
	clear(slot);
	slot->generation = generation;
	slot->flags = (uint8_t) flags;
	slot->topic_size = (uint16_t) topic.size;
	slot->topic = g_memdup2(topic.data, topic.size);
	matches_copy(&slot->matches, matches);
}

/* ---- what is expected ---- */

bool
route_cache_wants_more(void)
{
	return is_searching && first_expected == n_expected;
}

unsigned
route_cache_expect(Router *router, const VmqBytes *topics, unsigned n, const Matches **answers)
{
	RouteQuestion questions[ROUTE_QUESTIONS_MAX];

	first_expected = n_expected = 0;
	expected_generation = router_generation(router);
	for (unsigned i = 0; i < n; i++) {
		Expected *next = &expected[n_expected];

		if (topics[i].size > ROUTE_CACHE_MAX_TOPIC)
			continue;
		next->topic_size = topics[i].size;
		memcpy(next->topic, topics[i].data, topics[i].size);
		__builtin_prefetch(slot_of(hash_question(topics[i], 0)));
		questions[n_expected++] = (RouteQuestion){topics[i], &next->matches, false};
	}
	router_match_all(router, questions, n_expected);
	for (unsigned i = 0; i < n_expected; i++) {
		expected[i].is_answered = questions[i].is_answered;
		answers[i] = &expected[i].matches;
	}
	return n_expected;
}

/* NULL: it was not expected. What was expected before it will not come any more. */
static const Expected *
take_expected(VmqBytes topic)
{
	while (first_expected < n_expected) {
		const Expected *next = &expected[first_expected++];

		if (next->topic_size == topic.size &&
		    memcmp(next->topic, topic.data, topic.size) == 0)
			return next;
	}
	return NULL;
}

/* From what is expected, or through the tree. */
static const Matches *
find(Router *router, uint32_t generation, VmqBytes topic, RouteFlags flags)
{
	const Expected *found = take_expected(topic);

	is_searching = true;
	if (found != NULL && found->is_answered && flags == 0 && expected_generation == generation)
		return &found->matches;
	router_match(router, topic, flags, &fresh);
	return &fresh;
}

/* ---- the question ---- */

static bool
is_short(const Matches *answer)
{
	return answer->n <= ROUTE_CACHE_MAX_MATCHES && answer->n_groups <= ROUTE_CACHE_MAX_MATCHES;
}

/* The same for every message on the topic. */
static const Matches *
answer(Router *router, VmqBytes topic, RouteFlags flags)
{
	if (topic.size > ROUTE_CACHE_MAX_TOPIC) {
		is_searching = false; /* what is as long cannot be expected either */
		router_match(router, topic, flags, &fresh);
		return &fresh;
	}

	/* The generation is read before the tree: an answer is at least as new as it says. */
	uint32_t generation = router_generation(router);
	uint64_t hash = hash_question(topic, flags);
	Slot    *slot = slot_of(hash);

	if (slot->hash == hash && holds(slot, generation, topic, flags)) {
		is_searching = false;
		return &slot->matches;
	}

	const Matches *found = find(router, generation, topic, flags);

	if (slot->hash == hash && is_short(found))
		keep(slot, generation, topic, flags, found);
	slot->hash = hash;
	return found;
}

const Matches *
route_cache_match(Router *router, VmqBytes topic, RouteFlags flags)
{
	const Matches *found = answer(router, topic, flags);

	if (found->n_groups == 0)
		return found;
	matches_copy(&chosen, found);
	router_take_turns(router, &chosen);
	return &chosen;
}

void
route_cache_forget(void)
{
	for (unsigned i = 0; slots != NULL && i < ROUTE_CACHE_SLOTS; i++)
		clear(&slots[i]);
	g_clear_pointer(&slots, g_free);
	matches_free(&fresh);
	matches_free(&chosen);
	for (unsigned i = 0; i < ROUTE_QUESTIONS_MAX; i++)
		matches_free(&expected[i].matches);
	first_expected = n_expected = 0;
	is_searching = false;
}
