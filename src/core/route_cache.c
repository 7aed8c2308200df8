/* SPDX-License-Identifier: Apache-2.0 */
/* route_cache.c - one worker's questions to the router, and what is known before it is asked */
#include "core/route_cache.h"

#include "core/answers.h"
#include "core/memory.h"

#include <string.h>

static _Thread_local Answers *known;
static _Thread_local Matches  fresh;  /* the tree's answer */
static _Thread_local Matches  chosen; /* one in which shared groups have taken turns */

/* What was known last is mostly asked for again at once. */
static _Thread_local struct {
	Answer   answer;
	uint32_t generation;
	uint8_t  flags;
	bool     is_known;
} last;

/* The tree's answer to what has not been asked yet. */
typedef struct {
	Matches matches;
	bool    is_answered;
	size_t  topic_size;
	uint8_t topic[ANSWERS_MAX_TOPIC];
} Expected;

static _Thread_local Expected expected[ROUTE_QUESTIONS_MAX];
static _Thread_local unsigned first_expected, n_expected;
static _Thread_local uint32_t expected_generation;

static _Thread_local Answer   foreseen[ROUTE_QUESTIONS_MAX]; /* what was known already */
static _Thread_local unsigned n_ahead;      /* questions to come that have been prepared for */
static _Thread_local bool     is_wandering; /* topics differ, and what is known of them is far away */

static Answers *
what_is_known(void)
{
	if (known == NULL)
		known = answers_new();
	return known;
}

/* ---- what is expected ---- */

bool
route_cache_wants_more(void)
{
	return is_wandering && n_ahead == 0;
}

/* Of all that can be answered at all one thing, then the next. */
static unsigned
prepare(const VmqBytes *topics, unsigned n, Question *questions)
{
	unsigned n_questions = 0;

	for (unsigned i = 0; i < n; i++) {
		if (topics[i].size > ANSWERS_MAX_TOPIC)
			continue;
		questions[n_questions] = answers_question(topics[i], 0, expected_generation);
		answers_expect_place(what_is_known(), &questions[n_questions++]);
	}
	for (unsigned i = 0; i < n_questions; i++)
		answers_expect_answer(known, &questions[i]);
	return n_questions;
}

static RouteQuestion
ask_later(const Question *question)
{
	Expected *next = &expected[n_expected++];

	next->topic_size = question->topic.size;
	memcpy(next->topic, question->topic.data, question->topic.size);
	return (RouteQuestion){question->topic, &next->matches, false};
}

unsigned
route_cache_expect(Router *router, const VmqBytes *topics, unsigned n, const Matches **answers)
{
	Question      questions[ROUTE_QUESTIONS_MAX];
	RouteQuestion unknown[ROUTE_QUESTIONS_MAX];

	first_expected = n_expected = 0;
	expected_generation = router_generation(router);
	n_ahead = prepare(topics, n, questions);
	for (unsigned i = 0; i < n_ahead; i++) {
		if (answers_find(known, &questions[i], &foreseen[i])) {
			answers[i] = &foreseen[i].matches;
		} else {
			answers[i] = &expected[n_expected].matches;
			unknown[n_expected] = ask_later(&questions[i]);
		}
	}
	if (n_expected > 0)
		router_match_all(router, unknown, n_expected);
	for (unsigned i = 0; i < n_expected; i++)
		expected[i].is_answered = unknown[i].is_answered;
	return n_ahead;
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
	n_ahead = 0;
	return NULL;
}

/* ---- the question ---- */

/* Up to twice as many places as there are grants: among few the tree is as fast. */
static void
give_room(Router *router)
{
	unsigned places = answers_places(known);

	if (places < ANSWERS_MAX_PLACES && places < 2 * router_count(router) && !memory_is_short())
		answers_grow(known);
}

static void
learn(Router *router, const Question *question, const Matches *found)
{
	last.is_known = false;
	if (answers_learn(known, question, found))
		give_room(router);
}

/* From what is expected, or through the tree. */
static const Matches *
search(Router *router, const Question *question)
{
	const Expected *found = take_expected(question->topic);

	is_wandering = true;
	if (found != NULL && found->is_answered && question->flags == 0 &&
	    expected_generation == question->generation)
		return &found->matches;
	router_match(router, question->topic, question->flags, &fresh);
	return &fresh;
}

static bool
is_last(VmqBytes topic, RouteFlags flags, uint32_t generation)
{
	return last.is_known && last.answer.topic.size == topic.size &&
	       last.generation == generation && last.flags == flags &&
	       memcmp(last.answer.topic.data, topic.data, topic.size) == 0;
}

static bool
find(const Question *question)
{
	if (!answers_find(what_is_known(), question, &last.answer))
		return false;
	last.generation = question->generation;
	last.flags = question->flags;
	last.is_known = true;
	is_wandering = answers_places(known) > ANSWERS_MIN_PLACES;
	return true;
}

/* The same for every message on the topic. */
static const Matches *
answer(Router *router, VmqBytes topic, RouteFlags flags)
{
	/* The generation is read before the tree: an answer is at least as new as it says. */
	uint32_t generation = router_generation(router);

	n_ahead -= n_ahead > 0;
	if (is_last(topic, flags, generation)) {
		is_wandering = false;
		return &last.answer.matches;
	}
	if (topic.size > ANSWERS_MAX_TOPIC) {
		is_wandering = false; /* what is as long cannot be expected either */
		router_match(router, topic, flags, &fresh);
		return &fresh;
	}

	Question question = answers_question(topic, flags, generation);

	if (find(&question))
		return &last.answer.matches;

	const Matches *found = search(router, &question);

	learn(router, &question, found);
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
	g_clear_pointer(&known, answers_free);
	matches_free(&fresh);
	matches_free(&chosen);
	for (unsigned i = 0; i < ROUTE_QUESTIONS_MAX; i++)
		matches_free(&expected[i].matches);
	last.is_known = false;
	first_expected = n_expected = n_ahead = 0;
	is_wandering = false;
}
