/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answers.h - what the router has said of topics, as long as it holds
 *
 * A table. A topic is noted when it is asked for, and its answer kept when it is asked for
 * again; both hold for one generation of the router. Places come in buckets of a cache line:
 * three are seats, one is the door. Answers are kept in seats, topics are noted where a place is
 * free, and else at the door. So a topic that nobody asks for twice drives out no answer.
 *
 * It begins small. When half as many topics have been noted in one generation as it has places, it
 * says so, and who knows what an answer is worth may have it grow.
 *
 * Owner:   who made it.   Threads: its owner's.
 * Memory:  ANSWERS_MAX_BYTES at most. When they are used up, an answer is kept only if others
 *          leave as much room.
 */
#pragma once

#include "core/router.h"

#define ANSWERS_MIN_PLACES  1024 /* powers of two */
#define ANSWERS_MAX_PLACES  (256 * 1024)
#define ANSWERS_MAX_BYTES   (16 * 1024 * 1024)
#define ANSWERS_MAX_MATCHES 64 /* and groups, and identifiers; longer answers are not kept */
#define ANSWERS_MAX_TOPIC   256 /* bytes */

typedef struct Answers Answers;

typedef struct {
	VmqBytes topic;
	uint64_t hash;       /* of topic and flags */
	uint32_t generation; /* the router's, read before it is asked */
	uint8_t  flags;      /* RouteFlags */
} Question;

/* Slices of what is kept, valid until something is learned. */
typedef struct {
	VmqBytes topic;
	Matches  matches;
} Answer;

Answers *answers_new(void);
void     answers_free(Answers *answers); /* NULL is fine */

/* `topic` is not longer than ANSWERS_MAX_TOPIC. */
Question answers_question(VmqBytes topic, RouteFlags flags, uint32_t generation);

/* False: it is not known, and `answer` is as it was. */
bool answers_find(const Answers *answers, const Question *question, Answer *answer);

/*
 * For who has several questions, and does not want to wait for memory with each: asks it for what
 * answers_find() looks at first, and then for what it looks at after that.
 */
void answers_expect_place(const Answers *answers, const Question *question);
void answers_expect_answer(const Answers *answers, const Question *question);

/* What the router has said, as it was not known. True: so many are noted that more room is of use. */
bool answers_learn(Answers *answers, const Question *question, const Matches *matches);

unsigned answers_places(const Answers *answers);
size_t   answers_bytes(const Answers *answers);
void     answers_grow(Answers *answers); /* it has four times the places then, and knows nothing */
