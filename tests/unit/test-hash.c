/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "unit.h"

static uint64_t
hash_of(const char *text, size_t size)
{
	return hash_bytes((VmqBytes){(const uint8_t *) text, size});
}

START_TEST(the_key_is_made_once)
{
	hash_init();
	uint64_t first = hash_key[0], second = hash_key[1];

	ck_assert_uint_ne(first, 0);
	ck_assert_uint_ne(second, 0);
	ck_assert_uint_ne(first, second);
	hash_init();
	ck_assert_uint_eq(hash_key[0], first);
	ck_assert_uint_eq(hash_key[1], second);
}
END_TEST

START_TEST(every_byte_and_the_length_count)
{
	char text[40] = {0};

	hash_init();
	for (size_t size = 0; size <= sizeof(text); size++) {
		uint64_t plain = hash_of(text, size);

		ck_assert_uint_eq(hash_of(text, size), plain);
		if (size < sizeof(text))
			ck_assert_uint_ne(hash_of(text, size + 1), plain);
		for (size_t at = 0; at < size; at++) {
			text[at] = 1;
			ck_assert_uint_ne(hash_of(text, size), plain);
			text[at] = 0;
		}
	}
}
END_TEST

START_TEST(numbered_topics_spread_over_the_places_of_a_table)
{
	unsigned counts[64] = {0};

	hash_init();
	for (unsigned i = 0; i < 64 * 1000; i++) {
		g_autofree char *topic = g_strdup_printf("device/%u/state", i);
		uint64_t         hash = hash_of(topic, strlen(topic));

		counts[(hash ^ hash >> 32) % G_N_ELEMENTS(counts)]++;
	}
	/* A thousand each, give or take ten standard deviations. */
	for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
		ck_assert_uint_gt(counts[i], 680);
		ck_assert_uint_lt(counts[i], 1320);
	}
}
END_TEST

UNIT_MAIN("hash", the_key_is_made_once, every_byte_and_the_length_count,
          numbered_topics_spread_over_the_places_of_a_table)
