/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/histogram.h"
#include "unit.h"

static Histogram histogram;

START_TEST(an_empty_histogram_says_0)
{
	histogram_clear(&histogram);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	ck_assert(histogram_mean(&histogram) == 0);
}
END_TEST

START_TEST(values_below_256_are_exact)
{
	histogram_clear(&histogram);
	for (unsigned i = 0; i < 256; i++)
		histogram_add(&histogram, i);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.25), 63);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 127);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), 255);
	ck_assert(histogram_mean(&histogram) == 127.5);
}
END_TEST

START_TEST(every_value_is_found_again_to_within_a_hundredth)
{
	for (uint64_t value = 1; value < UINT64_C(1) << 39; value += 1 + value / 37) {
		histogram_clear(&histogram);
		histogram_add(&histogram, value);
		histogram_add(&histogram, UINT64_C(1) << 39);

		uint64_t found = histogram_quantile(&histogram, 0.5);

		ck_assert_uint_ge(found, value);
		ck_assert_uint_le(found - value, value / 100);
	}
}
END_TEST

START_TEST(buckets_rise_with_values)
{
	unsigned last = 0;

	for (uint64_t value = 1; value < UINT64_C(1) << 41; value += 1 + value / 1000) {
		unsigned index = histogram_index(value);

		ck_assert_uint_ge(index, last);
		ck_assert_uint_le(index, last + 1);
		ck_assert_uint_lt(index, HISTOGRAM_N);
		last = index;
	}
	ck_assert_uint_eq(last, HISTOGRAM_N - 1);
}
END_TEST

START_TEST(the_maximum_is_exact_and_what_is_too_large_is_not_lost)
{
	histogram_clear(&histogram);
	histogram_add(&histogram, 5);
	histogram_add(&histogram, UINT64_MAX / 2);
	ck_assert_uint_eq(histogram.count, 2);
	ck_assert_uint_eq(histogram.max, UINT64_MAX / 2);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), UINT64_MAX / 2);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 5);
}
END_TEST

START_TEST(the_tail_is_seen)
{
	histogram_clear(&histogram);
	for (unsigned i = 0; i < 999; i++)
		histogram_add(&histogram, 100);
	histogram_add(&histogram, 200);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.99), 100);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.999), 100);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.9991), 200);
}
END_TEST

START_TEST(merging_adds_all_up)
{
	static Histogram other;

	histogram_clear(&histogram);
	histogram_clear(&other);
	histogram_add(&histogram, 10);
	histogram_add(&other, 30);
	histogram_merge(&histogram, &other);
	ck_assert_uint_eq(histogram.count, 2);
	ck_assert_uint_eq(histogram.max, 30);
	ck_assert(histogram_mean(&histogram) == 20);
	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 10);
}
END_TEST

UNIT_MAIN("histogram", an_empty_histogram_says_0, values_below_256_are_exact,
          every_value_is_found_again_to_within_a_hundredth, buckets_rise_with_values,
          the_maximum_is_exact_and_what_is_too_large_is_not_lost, the_tail_is_seen,
          merging_adds_all_up)
