/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/catalogue.h"
#include "mqtt/topic.h"
#include "unit.h"

static Catalogue catalogue;

static void
begin(CatalogueKind kind, unsigned n_topics, unsigned n_subscribers, unsigned n_filters)
{
	catalogue_clear(&catalogue);
	catalogue_init(&catalogue, kind, "test", n_topics, 4, n_subscribers, n_filters);
}

static VmqBytes
name_of(unsigned topic)
{
	return (VmqBytes){(const uint8_t *) catalogue_name(&catalogue, topic), catalogue.name_size};
}

/* How many filters of a subscriber match, by the broker's own matching. */
static unsigned
count_matches(unsigned subscriber, unsigned topic)
{
	unsigned n = 0;

	for (unsigned i = 0; i < catalogue_count_filters(&catalogue, subscriber); i++) {
		char filter[CATALOGUE_FILTER_ROOM];

		catalogue_write_filter(&catalogue, subscriber, i, filter);
		n += mqtt_filter_matches((VmqBytes){(const uint8_t *) filter, strlen(filter)},
		                         name_of(topic));
	}
	return n;
}

/* Who gets what, in theory, is what filters and names say. */
static void
check_all(unsigned n_subscribers)
{
	for (unsigned topic = 0; topic < catalogue.n_topics; topic++) {
		unsigned n_receivers = 0;

		for (unsigned s = 0; s < n_subscribers; s++) {
			unsigned n = count_matches(s, topic);

			ck_assert_uint_le(n, 1);
			ck_assert_uint_eq(n, catalogue_is_for(&catalogue, topic, s));
			n_receivers += n;
		}
		if (catalogue.kind != CATALOGUE_RETAINED)
			ck_assert_uint_eq(catalogue.topics[topic].n_receivers, n_receivers);
	}
}

START_TEST(publishers_and_subscribers_share_topics)
{
	begin(CATALOGUE_OWN, 3, 8, 0);
	check_all(8);
	ck_assert_uint_eq(catalogue_pick(&catalogue, 5, 0), 2);
	ck_assert_uint_eq(catalogue_pick(&catalogue, 5, 99), 2);
}
END_TEST

START_TEST(each_of_many_topics_is_somebodys)
{
	begin(CATALOGUE_RANDOM, 100, 7, 0);
	check_all(7);
}
END_TEST

START_TEST(of_many_filters_at_most_one_of_a_subscriber_matches)
{
	static const unsigned cases[][2] = {{1, 1},  {1, 50},   {2, 3},    {4, 4},   {5, 5},
	                                    {7, 93}, {20, 400}, {33, 777}, {40, 41}, {3, 1000}};

	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		begin(CATALOGUE_FILTERS, 60, cases[i][0], cases[i][1]);
		check_all(cases[i][0]);
	}
}
END_TEST

START_TEST(all_filters_are_there_and_different)
{
	GHashTable *filters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	unsigned    n = 0;

	begin(CATALOGUE_FILTERS, 1, 10, 1234);
	for (unsigned s = 0; s < 10; s++) {
		for (unsigned i = 0; i < catalogue_count_filters(&catalogue, s); i++, n++) {
			char filter[CATALOGUE_FILTER_ROOM];

			catalogue_write_filter(&catalogue, s, i, filter);
			ck_assert(g_hash_table_add(filters, g_strdup(filter)));
		}
	}
	ck_assert_uint_eq(n, 1234);
	g_hash_table_unref(filters);
}
END_TEST

START_TEST(every_random_topic_has_a_receiver_and_is_drawn)
{
	unsigned drawn[50] = {0};

	begin(CATALOGUE_FILTERS, 50, 20, 500);
	for (unsigned seq = 0; seq < 10000; seq++)
		drawn[catalogue_pick(&catalogue, 3, seq)]++;
	for (unsigned i = 0; i < 50; i++) {
		ck_assert_uint_gt(catalogue.topics[i].n_receivers, 0);
		ck_assert_uint_gt(drawn[i], 100);
	}
}
END_TEST

START_TEST(publishers_together_go_through_the_retained_topics_once)
{
	unsigned seen[40] = {0};

	begin(CATALOGUE_RETAINED, 40, 2, 0);
	for (unsigned publisher = 0; publisher < 4; publisher++) {
		for (unsigned seq = 0; seq < 10; seq++)
			seen[catalogue_pick(&catalogue, publisher, seq)]++;
	}
	for (unsigned i = 0; i < 40; i++)
		ck_assert_uint_eq(seen[i], 1);
	check_all(2);
	catalogue_clear(&catalogue);
}
END_TEST

UNIT_MAIN("catalogue", publishers_and_subscribers_share_topics, each_of_many_topics_is_somebodys,
          of_many_filters_at_most_one_of_a_subscriber_matches, all_filters_are_there_and_different,
          every_random_topic_has_a_receiver_and_is_drawn,
          publishers_together_go_through_the_retained_topics_once)
