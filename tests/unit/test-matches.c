/* SPDX-License-Identifier: Apache-2.0 */
#include "core/matches.h"
#include "routes.h"
#include "unit.h"

static void
add(Matches *matches, unsigned slot, uint8_t qos, uint8_t flags, uint32_t id)
{
	*matches_extend(matches, 1) = (Match){
		.addr = sink(slot), .qos = qos, .flags = flags, .id = id, .n_ids = id != 0};
}

static void
expect(const Matches *matches, const char *expected)
{
	g_autofree char *found = routes_text(matches);

	ck_assert_str_eq(found, expected);
}

START_TEST(matches_of_one_sink_are_merged_into_one)
{
	Matches matches = {0};

	add(&matches, 4, 0, VMQ_GRANT_NO_LOCAL | VMQ_GRANT_RELAY, 0);
	add(&matches, 2, 1, 0, 9);
	add(&matches, 1, 1, 0, 0);
	add(&matches, 4, 2, VMQ_GRANT_RETAIN_AS_PUBLISHED | VMQ_GRANT_RELAY, 5);
	add(&matches, 2, 0, 0, 8);
	matches_merge(&matches);
	expect(&matches, "2/1:8,9 4/2pr:5 1/1"); /* slot 1 is on worker 1 */
	matches_free(&matches);
}
END_TEST

START_TEST(generations_of_a_slot_are_different_sinks)
{
	Matches matches = {0};

	add(&matches, 2, 0, 0, 0);
	add(&matches, 2, 1, 0, 0);
	matches.items[0].addr.generation = 2;
	matches_merge(&matches);
	expect(&matches, "2/1 2/0");
	matches_free(&matches);
}
END_TEST

START_TEST(a_long_row_is_merged_as_a_short_one)
{
	Matches matches = {0};

	for (unsigned i = 0; i < 1000; i++)
		add(&matches, i * 7 % 100 * 2, i < 500, 0, i + 1);
	matches_merge(&matches);
	ck_assert_uint_eq(matches.n, 100);
	for (unsigned i = 0; i < 100; i++) {
		VmqGrant grant = match_grant(&matches.items[i], matches.ids);

		ck_assert_uint_eq(matches.items[i].addr.slot, 2 * i);
		ck_assert_uint_eq(grant.qos, 1);
		ck_assert_uint_eq(grant.n_ids, 10);
		for (unsigned j = 0; j < 10; j++)
			ck_assert_uint_eq((grant.ids[j] - 1) * 7 % 100, i);
	}
	matches_free(&matches);
}
END_TEST

START_TEST(a_copy_stands_alone)
{
	Matches matches = {0}, copy = {0};

	add(&matches, 2, 1, 0, 9);
	add(&matches, 2, 1, 0, 8);
	matches_merge(&matches);
	matches_add_group(&matches, 5);
	matches_copy(&copy, &matches);
	matches_clear(&matches);
	add(&matches, 4, 0, 0, 1);
	add(&matches, 4, 0, 0, 2);
	matches_merge(&matches);
	expect(&copy, "2/1:8,9");
	matches_free(&matches);
	expect(&copy, "2/1:8,9");
	ck_assert_uint_eq(copy.n_groups, 1);
	ck_assert_uint_eq(copy.groups[0], 5);
	matches_free(&copy);
}
END_TEST

START_TEST(a_copy_takes_the_place_of_another)
{
	Matches some = {0}, more = {0}, none = {0}, copy = {0};

	add(&some, 2, 1, 0, 0);
	matches_add_group(&some, 3);
	for (unsigned i = 0; i < 100; i++)
		matches_add_group(&more, i);
	add(&more, 4, 1, 0, 7);
	add(&more, 4, 2, 0, 8);
	matches_merge(&more);

	const Matches *const all[] = {&some, &more, &none, &some};

	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		g_autofree char *expected = routes_text(all[i]);

		matches_copy(&copy, all[i]);
		expect(&copy, expected);
		ck_assert_uint_eq(copy.n_groups, all[i]->n_groups);
		if (copy.n_groups > 0)
			ck_assert_mem_eq(copy.groups, all[i]->groups, copy.n_groups * sizeof(uint32_t));
	}
	matches_free(&copy);
	matches_free(&more);
	matches_free(&some);
}
END_TEST

UNIT_MAIN("matches", matches_of_one_sink_are_merged_into_one,
          generations_of_a_slot_are_different_sinks, a_long_row_is_merged_as_a_short_one,
          a_copy_stands_alone, a_copy_takes_the_place_of_another)
