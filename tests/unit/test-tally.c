/* SPDX-License-Identifier: Apache-2.0 */
#include "run/tally.h"

#include "unit.h"

#include <string.h>

static TallyKey
key_of(uint32_t number)
{
	TallyKey key = {{0}};

	memcpy(key.bytes, &number, sizeof(number));
	return key;
}

START_TEST(only_so_many_of_a_key_are_inside)
{
	Tally      *tally = tally_new();
	TallyBounds bounds = {.most = 2};
	TallyKey    key = key_of(1), other = key_of(2);

	ck_assert_int_eq(tally_enter(tally, &key, bounds, 0), TALLY_ENTERED);
	ck_assert_int_eq(tally_enter(tally, &key, bounds, 0), TALLY_ENTERED);
	ck_assert_int_eq(tally_enter(tally, &key, bounds, 9999), TALLY_FULL);
	ck_assert_int_eq(tally_enter(tally, &other, bounds, 0), TALLY_ENTERED);
	tally_leave(tally, &key, 0);
	ck_assert_int_eq(tally_enter(tally, &key, bounds, 0), TALLY_ENTERED);
	ck_assert_int_eq(tally_enter(tally, &key, bounds, 0), TALLY_FULL);
	tally_free(tally);
}
END_TEST

START_TEST(only_so_many_come_within_a_second)
{
	Tally      *tally = tally_new();
	TallyBounds bounds = {.most_per_s = 2};
	TallyKey    key = key_of(1);

	for (int64_t now_ms = 5000; now_ms <= 7000; now_ms += 1000) {
		ck_assert_int_eq(tally_enter(tally, &key, bounds, now_ms), TALLY_ENTERED);
		tally_leave(tally, &key, now_ms);
		ck_assert_int_eq(tally_enter(tally, &key, bounds, now_ms + 500), TALLY_ENTERED);
		tally_leave(tally, &key, now_ms + 500);
		ck_assert_int_eq(tally_enter(tally, &key, bounds, now_ms + 999), TALLY_TOO_FAST);
	}
	tally_free(tally);
}
END_TEST

START_TEST(without_a_bound_all_are_counted_for_the_day_there_is_one)
{
	Tally   *tally = tally_new();
	TallyKey key = key_of(1);

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(tally_enter(tally, &key, (TallyBounds){0}, 0), TALLY_ENTERED);
	ck_assert_int_eq(tally_enter(tally, &key, (TallyBounds){.most = 1000}, 0), TALLY_FULL);
	ck_assert_int_eq(tally_enter(tally, &key, (TallyBounds){.most = 1001}, 0), TALLY_ENTERED);
	tally_free(tally);
}
END_TEST

START_TEST(nobody_is_remembered_for_ever)
{
	Tally *tally = tally_new();

	for (uint32_t i = 0; i < 100000; i++) {
		TallyKey key = key_of(i);

		ck_assert_int_eq(tally_enter(tally, &key, (TallyBounds){0}, i), TALLY_ENTERED);
		tally_leave(tally, &key, i);
	}
	ck_assert_uint_lt(tally_size(tally), 10000); /* 1,000 have come within the last second */

	TallyKey key = key_of(1);

	tally_enter(tally, &key, (TallyBounds){0}, 200000);
	tally_leave(tally, &key, 300000);
	ck_assert_int_eq(tally_enter(tally, &key, (TallyBounds){.most_per_s = 1}, 300000),
	                 TALLY_ENTERED);
	tally_free(tally);
}
END_TEST

UNIT_MAIN("tally", only_so_many_of_a_key_are_inside, only_so_many_come_within_a_second,
          without_a_bound_all_are_counted_for_the_day_there_is_one, nobody_is_remembered_for_ever)
