/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue.c - the topics of a run, which message goes to which, and who gets it
 *
 * FILTERS: subscriber s has filters of one shape, s modulo 4, and they are
 *
 *     shape 0   x/y/(x + y)      shape 1   x/+/y      shape 2   +/x/y      shape 3   x/y/#
 *
 * The filters of a shape are numbered; number e is at x = e / width, y = e % width, and
 * no two are at the same place. So a topic is matched by at most one filter of each
 * shape, and whose that is can be calculated.
 */
#include "bench/catalogue.h"

#include <math.h>
#include <stdio.h>

#define SHAPES 4u

/* How many subscribers have filters of this shape. */
static unsigned
count_holders(const Catalogue *catalogue, unsigned shape)
{
	return (catalogue->n_subscribers + SHAPES - 1 - shape) / SHAPES;
}

unsigned
catalogue_count_filters(const Catalogue *catalogue, unsigned subscriber)
{
	unsigned n_subscribers = catalogue->n_subscribers;

	switch (catalogue->kind) {
	case CATALOGUE_RANDOM:
		return (catalogue->n_topics + n_subscribers - 1 - subscriber) / n_subscribers;
	case CATALOGUE_FILTERS:
		return (catalogue->n_filters + n_subscribers - 1 - subscriber) / n_subscribers;
	case CATALOGUE_OWN:
	case CATALOGUE_RETAINED:
		break;
	}
	return 1;
}

static void
write_shape(const Catalogue *catalogue, unsigned shape, unsigned e, char *filter)
{
	unsigned    x = e / catalogue->width, y = e % catalogue->width;
	const char *prefix = catalogue->prefix;

	if (shape == 0)
		g_snprintf(filter, CATALOGUE_FILTER_ROOM, "%s/%04u/%04u/%04u", prefix, x, y,
		           (x + y) % catalogue->width);
	else if (shape == 1)
		g_snprintf(filter, CATALOGUE_FILTER_ROOM, "%s/%04u/+/%04u", prefix, x, y);
	else if (shape == 2)
		g_snprintf(filter, CATALOGUE_FILTER_ROOM, "%s/+/%04u/%04u", prefix, x, y);
	else
		g_snprintf(filter, CATALOGUE_FILTER_ROOM, "%s/%04u/%04u/#", prefix, x, y);
}

static void
copy_name(const Catalogue *catalogue, unsigned topic, char *filter)
{
	memcpy(filter, catalogue_name(catalogue, topic), catalogue->name_size);
	filter[catalogue->name_size] = '\0';
}

void
catalogue_write_filter(const Catalogue *catalogue, unsigned subscriber, unsigned i, char *filter)
{
	unsigned shape = subscriber % SHAPES;

	switch (catalogue->kind) {
	case CATALOGUE_OWN:
		copy_name(catalogue, subscriber % catalogue->n_topics, filter);
		break;
	case CATALOGUE_RANDOM:
		copy_name(catalogue, subscriber + i * catalogue->n_subscribers, filter);
		break;
	case CATALOGUE_FILTERS:
		write_shape(catalogue, shape,
		            subscriber / SHAPES + i * count_holders(catalogue, shape), filter);
		break;
	case CATALOGUE_RETAINED:
		g_snprintf(filter, CATALOGUE_FILTER_ROOM, "%s/#", catalogue->prefix);
		break;
	}
}

/* The number of the only filter of the shape that could match; UINT32_MAX: none can. */
static unsigned
find_filter(const Catalogue *catalogue, unsigned shape, const CatalogueTopic *topic)
{
	unsigned width = catalogue->width;

	if (shape == 0 && topic->c != (topic->a + topic->b) % width)
		return UINT32_MAX;
	if (shape == 1)
		return topic->a * width + topic->c;
	if (shape == 2)
		return topic->b * width + topic->c;
	return topic->a * width + topic->b;
}

/* The subscriber that has filter number `e` of a shape; UINT32_MAX: there is no such filter. */
static unsigned
find_holder(const Catalogue *catalogue, unsigned shape, unsigned e)
{
	unsigned n_holders = count_holders(catalogue, shape);
	unsigned holder;

	if (e == UINT32_MAX || n_holders == 0)
		return UINT32_MAX;
	holder = e % n_holders * SHAPES + shape;
	return e / n_holders < catalogue_count_filters(catalogue, holder) ? holder : UINT32_MAX;
}

bool
catalogue_is_for(const Catalogue *catalogue, unsigned topic, unsigned subscriber)
{
	unsigned shape = subscriber % SHAPES;

	switch (catalogue->kind) {
	case CATALOGUE_OWN:
		return subscriber % catalogue->n_topics == topic;
	case CATALOGUE_RANDOM:
		return topic % catalogue->n_subscribers == subscriber;
	case CATALOGUE_FILTERS:
		return find_holder(catalogue, shape,
		                   find_filter(catalogue, shape, &catalogue->topics[topic])) ==
		       subscriber;
	case CATALOGUE_RETAINED:
		break;
	}
	return true;
}

static unsigned
count_receivers(const Catalogue *catalogue, unsigned index)
{
	const CatalogueTopic *topic = &catalogue->topics[index];
	unsigned              n = 0;

	if (catalogue->kind == CATALOGUE_RANDOM)
		return 1;
	if (catalogue->kind == CATALOGUE_OWN)
		return (catalogue->n_subscribers - index + catalogue->n_topics - 1) /
		       catalogue->n_topics;
	if (catalogue->kind == CATALOGUE_RETAINED)
		return 0; /* at the time when it is published */
	for (unsigned shape = 0; shape < SHAPES; shape++)
		n += find_holder(catalogue, shape, find_filter(catalogue, shape, topic)) !=
		     UINT32_MAX;
	return n;
}

/* Topics that somebody wants: a message to nobody would show nothing. */
static void
draw_topic(Catalogue *catalogue, GRand *random, unsigned index)
{
	CatalogueTopic *topic = &catalogue->topics[index];

	if (catalogue->kind != CATALOGUE_FILTERS) {
		topic->a = (uint16_t) (index / 1000000);
		topic->b = (uint16_t) (index / 1000 % 1000);
		topic->c = (uint16_t) (index % 1000);
		return;
	}
	do {
		topic->a = (uint16_t) g_rand_int_range(random, 0, (gint32) catalogue->width);
		topic->b = (uint16_t) g_rand_int_range(random, 0, (gint32) catalogue->width);
		topic->c = (uint16_t) g_rand_int_range(random, 0, (gint32) catalogue->width);
	} while (count_receivers(catalogue, index) == 0);
}

void
catalogue_init(Catalogue *catalogue, CatalogueKind kind, const char *run, unsigned n_topics,
               unsigned n_publishers, unsigned n_subscribers, unsigned n_filters)
{
	char   name[CATALOGUE_FILTER_ROOM];
	GRand *random = g_rand_new_with_seed(1883); /* the same topics every time */

	*catalogue = (Catalogue){
		.kind = kind,
		.n_topics = n_topics,
		.n_publishers = n_publishers,
		.n_subscribers = n_subscribers,
		.n_filters = n_filters,
		.topics = g_new0(CatalogueTopic, n_topics),
	};
	if (kind == CATALOGUE_FILTERS) /* room for the filters of shape 0, which has the most */
		catalogue->width = (unsigned) ceil(sqrt((double) count_holders(catalogue, 0) *
		                                        catalogue_count_filters(catalogue, 0)));
	g_snprintf(catalogue->prefix, sizeof catalogue->prefix, "vb/%s", run);
	catalogue->name_size = strlen(catalogue->prefix) + strlen("/0000/0000/0000");
	catalogue->names = g_malloc(catalogue->name_size * n_topics);
	for (unsigned i = 0; i < n_topics; i++) {
		CatalogueTopic *topic = &catalogue->topics[i];

		draw_topic(catalogue, random, i);
		topic->n_receivers = count_receivers(catalogue, i);
		g_snprintf(name, sizeof name, "%s/%04u/%04u/%04u", catalogue->prefix, topic->a,
		           topic->b, topic->c);
		memcpy(catalogue->names + i * catalogue->name_size, name, catalogue->name_size);
	}
	g_rand_free(random);
}

void
catalogue_clear(Catalogue *catalogue)
{
	g_free(catalogue->names);
	g_free(catalogue->topics);
	*catalogue = (Catalogue){0};
}
