/* SPDX-License-Identifier: Apache-2.0 */
/* answers.c - what the router has said of topics, as long as it holds */
#include "core/answers.h"

#include "base/hash.h"

#include <string.h>

/* One block of memory; behind the matches stand identifiers, groups and topic. */
typedef struct {
	uint16_t topic_size, n_matches, n_ids, n_groups;
	uint8_t  flags;
	Match    matches[];
} Kept;

typedef struct {
	uint64_t key;  /* a tag of the topic, and the generation; 0: nobody's */
	Kept    *kept; /* NULL: it is noted */
} Place;

#define PLACES 4 /* of a bucket */
#define SEATS  3 /* of these; then comes the door */
#define GROWTH 4

typedef struct {
	_Alignas(64) Place places[PLACES];
} Bucket;

struct Answers {
	Bucket  *buckets;
	unsigned n_buckets; /* a power of two */
	unsigned next_seat; /* to be vacated where all are taken */
	size_t   bytes;     /* of all this */
	uint32_t generation; /* in which so many were noted */
	unsigned n_noted;
};

/* ---- what is kept ---- */

static uint32_t *
ids_of(const Kept *kept)
{
	return (uint32_t *) (kept->matches + kept->n_matches);
}

static uint32_t *
groups_of(const Kept *kept)
{
	return ids_of(kept) + kept->n_ids;
}

static VmqBytes
topic_of(const Kept *kept)
{
	return (VmqBytes){(const uint8_t *) (groups_of(kept) + kept->n_groups), kept->topic_size};
}

static size_t
bytes_of(const Kept *kept)
{
	VmqBytes topic = topic_of(kept);

	return (size_t) (topic.data + topic.size - (const uint8_t *) kept);
}

static size_t
bytes_for(const Question *question, const Matches *matches)
{
	return sizeof(Kept) + matches->n * sizeof(Match) +
	       (matches->n_ids + matches->n_groups) * sizeof(uint32_t) + question->topic.size;
}

static void
copy(void *to, const void *from, size_t size)
{
	if (size > 0)
		memcpy(to, from, size);
}

static Kept *
kept_new(const Question *question, const Matches *matches)
{
	Kept *kept = g_malloc(bytes_for(question, matches));

	*kept = (Kept){.topic_size = (uint16_t) question->topic.size,
	               .n_matches = (uint16_t) matches->n,
	               .n_ids = (uint16_t) matches->n_ids,
	               .n_groups = (uint16_t) matches->n_groups,
	               .flags = question->flags};
	copy(kept->matches, matches->items, matches->n * sizeof(Match));
	copy(ids_of(kept), matches->ids, matches->n_ids * sizeof(uint32_t));
	copy(groups_of(kept), matches->groups, matches->n_groups * sizeof(uint32_t));
	copy(groups_of(kept) + kept->n_groups, question->topic.data, question->topic.size);
	return kept;
}

static bool
is_short(const Matches *matches)
{
	return matches->n <= ANSWERS_MAX_MATCHES && matches->n_ids <= ANSWERS_MAX_MATCHES &&
	       matches->n_groups <= ANSWERS_MAX_MATCHES;
}

static bool
is_answer_to(const Kept *kept, const Question *question)
{
	return kept->flags == question->flags && kept->topic_size == question->topic.size &&
	       memcmp(topic_of(kept).data, question->topic.data, kept->topic_size) == 0;
}

/* ---- places ---- */

static Bucket *
bucket_of(const Answers *answers, const Question *question)
{
	return &answers->buckets[question->hash >> 32 & (answers->n_buckets - 1)];
}

static uint64_t
key_of(const Question *question)
{
	return (question->hash | 1) << 32 | question->generation;
}

/* Its own, or that of another topic with the same tag. NULL: it is not even noted. */
static Place *
find_place(Bucket *bucket, const Question *question)
{
	uint64_t key = key_of(question);

	for (unsigned i = 0; i < PLACES; i++)
		if (bucket->places[i].key == key)
			return &bucket->places[i];
	return NULL;
}

static bool
is_door(const Bucket *bucket, const Place *place)
{
	return place == &bucket->places[SEATS];
}

/* What it says holds no more, or nobody has taken it. */
static bool
is_free(const Place *place, uint32_t generation)
{
	return place->key == 0 || (uint32_t) place->key != generation;
}

/* To be noted: nobody has to leave but who stands at the door. */
static Place *
choose_place(Bucket *bucket, uint32_t generation)
{
	unsigned i = 0;

	while (i < SEATS && !is_free(&bucket->places[i], generation))
		i++;
	return &bucket->places[i];
}

/* To be kept: who is only noted gives way, and then those who are kept, by turns. */
static Place *
choose_seat(Answers *answers, Bucket *bucket, uint32_t generation)
{
	for (unsigned i = 0; i < SEATS; i++)
		if (bucket->places[i].kept == NULL || is_free(&bucket->places[i], generation))
			return &bucket->places[i];
	return &bucket->places[answers->next_seat++ % SEATS];
}

static void
vacate(Answers *answers, Place *place)
{
	if (place->kept != NULL)
		answers->bytes -= bytes_of(place->kept);
	g_free(place->kept);
	*place = (Place){0};
}

/* A vacant one. */
static void
take(Answers *answers, Place *place, const Question *question, Kept *kept)
{
	*place = (Place){key_of(question), kept};
	if (kept != NULL)
		answers->bytes += bytes_of(kept);
}

/* ---- the table ---- */

static void
make_buckets(Answers *answers, unsigned n)
{
	answers->buckets = g_aligned_alloc0(n, sizeof(Bucket), _Alignof(Bucket));
	answers->n_buckets = n;
	answers->bytes += n * sizeof(Bucket);
	answers->n_noted = 0;
}

static void
free_buckets(Answers *answers)
{
	for (unsigned i = 0; i < answers->n_buckets; i++)
		for (unsigned k = 0; k < PLACES; k++)
			vacate(answers, &answers->buckets[i].places[k]);
	g_aligned_free(answers->buckets);
	answers->bytes -= answers->n_buckets * sizeof(Bucket);
}

Answers *
answers_new(void)
{
	Answers *answers = g_new0(Answers, 1);

	answers->bytes = sizeof(Answers);
	make_buckets(answers, ANSWERS_MIN_PLACES / PLACES);
	return answers;
}

void
answers_free(Answers *answers)
{
	if (answers == NULL)
		return;
	free_buckets(answers);
	g_free(answers);
}

unsigned
answers_places(const Answers *answers)
{
	return answers->n_buckets * PLACES;
}

size_t
answers_bytes(const Answers *answers)
{
	return answers->bytes;
}

void
answers_grow(Answers *answers)
{
	unsigned n = answers->n_buckets * GROWTH;

	free_buckets(answers);
	make_buckets(answers, n);
}

/* ---- asking and learning ---- */

Question
answers_question(VmqBytes topic, RouteFlags flags, uint32_t generation)
{
	return (Question){.topic = topic,
	                  .hash = hash_bytes(topic) ^ (uint64_t) flags << 32,
	                  .generation = generation,
	                  .flags = (uint8_t) flags};
}

bool
answers_find(const Answers *answers, const Question *question, Answer *answer)
{
	const Place *place = find_place(bucket_of(answers, question), question);
	Kept        *kept = place != NULL ? place->kept : NULL;

	if (kept == NULL || !is_answer_to(kept, question))
		return false;
	*answer = (Answer){
		.topic = topic_of(kept),
		.matches = {.items = kept->matches,
	                    .ids = ids_of(kept),
	                    .groups = groups_of(kept),
	                    .n = kept->n_matches,
	                    .n_ids = kept->n_ids,
	                    .n_groups = kept->n_groups},
	};
	return true;
}

void
answers_expect_place(const Answers *answers, const Question *question)
{
	__builtin_prefetch(bucket_of(answers, question));
}

/* Most are no longer than this. */
#define LINES 2

void
answers_expect_answer(const Answers *answers, const Question *question)
{
	const Place *place = find_place(bucket_of(answers, question), question);

	for (unsigned i = 0; place != NULL && i < LINES; i++)
		__builtin_prefetch((const char *) place->kept + 64 * i);
}

/* Returns whether it is one of so many that there are too few places. */
static bool
note(Answers *answers, Bucket *bucket, const Question *question)
{
	Place *place = choose_place(bucket, question->generation);

	vacate(answers, place);
	take(answers, place, question, NULL);
	if (answers->generation != question->generation)
		answers->n_noted = 0;
	answers->generation = question->generation;
	if (++answers->n_noted < answers_places(answers) / 2)
		return false;
	answers->n_noted = 0;
	return true;
}

static void
keep(Answers *answers, Bucket *bucket, Place *place, const Question *question, const Matches *matches)
{
	if (is_door(bucket, place)) {
		vacate(answers, place);
		place = choose_seat(answers, bucket, question->generation);
	}
	vacate(answers, place);
	if (answers->bytes + bytes_for(question, matches) <= ANSWERS_MAX_BYTES)
		take(answers, place, question, kept_new(question, matches));
}

bool
answers_learn(Answers *answers, const Question *question, const Matches *matches)
{
	Bucket *bucket = bucket_of(answers, question);
	Place  *place = find_place(bucket, question);

	if (place == NULL)
		return note(answers, bucket, question);
	if (is_short(matches))
		keep(answers, bucket, place, question, matches);
	return false;
}
