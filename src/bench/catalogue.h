/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue.h - the topics of a run, which message goes to which, and who gets it
 *
 * Names are all of the same length, so that a packet needs no more than its topic
 * written over. There are four kinds:
 *
 *     OWN       publisher i has topic i modulo n, subscriber j as well
 *     RANDOM    messages go to any topic; topic t is subscriber t modulo s's, exactly
 *     FILTERS   messages go to any topic; subscribers have many filters, three kinds
 *               in four with wildcards, of which no two of a subscriber match together
 *     RETAINED  the messages of all publishers together go through the topics once;
 *               every subscriber has all of them
 *
 * Threads: any, once it is made.
 * Memory:  catalogue_clear() gives all back.
 */
#pragma once

#include "base/buf.h"

typedef enum {
	CATALOGUE_OWN,
	CATALOGUE_RANDOM,
	CATALOGUE_FILTERS,
	CATALOGUE_RETAINED
} CatalogueKind;

typedef struct {
	uint16_t a, b, c; /* of the name: prefix/aaaa/bbbb/cccc */
	uint32_t n_receivers;
} CatalogueTopic;

typedef struct {
	CatalogueKind   kind;
	unsigned        n_topics, n_publishers, n_subscribers;
	unsigned        n_filters, width; /* FILTERS: each level of a name is below `width` */
	char            prefix[16];
	char           *names; /* one after the other, not terminated */
	size_t          name_size;
	CatalogueTopic *topics;
} Catalogue;

#define CATALOGUE_MAX_TOPICS 10000000
#define CATALOGUE_MAX_FILTERS 4000000

/* `n_filters` of all subscribers together is for FILTERS. */
void catalogue_init(Catalogue *catalogue, CatalogueKind kind, const char *run, unsigned n_topics,
                    unsigned n_publishers, unsigned n_subscribers, unsigned n_filters);
void catalogue_clear(Catalogue *catalogue);

/* How many filters a subscriber has, and what they are; `filter` has CATALOGUE_FILTER_ROOM. */
#define CATALOGUE_FILTER_ROOM 48
unsigned catalogue_count_filters(const Catalogue *catalogue, unsigned subscriber);
void     catalogue_write_filter(const Catalogue *catalogue, unsigned subscriber, unsigned i,
                                char *filter);

/* Whether a subscriber has a filter that matches the topic. */
bool catalogue_is_for(const Catalogue *catalogue, unsigned topic, unsigned subscriber);

static inline const char *
catalogue_name(const Catalogue *catalogue, unsigned topic)
{
	return catalogue->names + (size_t) topic * catalogue->name_size;
}

/* Mixes well enough that neighbours go to different topics (Steele et al. 2014, SplitMix). */
static inline unsigned
catalogue_pick_any(uint64_t publisher, uint64_t seq, unsigned n_topics)
{
	uint64_t mixed = (publisher << 40 ^ seq) * UINT64_C(0x9E3779B97F4A7C15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	return (unsigned) (((mixed >> 32) * n_topics) >> 32);
}

/* The topic of a message. */
static inline unsigned
catalogue_pick(const Catalogue *catalogue, uint32_t publisher, uint64_t seq)
{
	if (catalogue->kind == CATALOGUE_OWN)
		return publisher % catalogue->n_topics;
	if (catalogue->kind == CATALOGUE_RETAINED)
		return (unsigned) (seq * catalogue->n_publishers + publisher) % catalogue->n_topics;
	return catalogue_pick_any(publisher, seq, catalogue->n_topics);
}
