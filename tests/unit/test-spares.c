/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spares.h"
#include "unit.h"

static Spares spares;

static Buf
make_buf(size_t size)
{
	Buf buf = {0};

	buf_reserve(&buf, size);
	return buf;
}

START_TEST(without_any_a_buf_begins_without_a_block)
{
	ck_assert_uint_eq(spares_take(&spares).room, 0);
}
END_TEST

START_TEST(a_block_goes_from_hand_to_hand_empty)
{
	Buf buf = {0};

	buf_append(&buf, "hello", 5);

	const uint8_t *block = buf.data;

	spares_give(&spares, &buf);
	ck_assert_ptr_null(buf.data);
	buf = spares_take(&spares);
	ck_assert_ptr_eq(buf.data, block);
	ck_assert_uint_eq(buf_size(&buf), 0);
	ck_assert_uint_eq(spares_take(&spares).room, 0);
	buf_free(&buf);
}
END_TEST

START_TEST(who_has_no_block_gives_none)
{
	Buf none = {0};

	spares_give(&spares, &none);
	ck_assert_uint_eq(spares.n, 0);
}
END_TEST

START_TEST(one_that_has_grown_large_is_not_kept)
{
	Buf fits = make_buf(SPARE_MAX_BYTES), is_large = make_buf(SPARE_MAX_BYTES + 1);

	spares_give(&spares, &is_large);
	ck_assert_ptr_null(is_large.data);
	ck_assert_uint_eq(spares.n, 0);
	spares_give(&spares, &fits);
	ck_assert_uint_eq(spares.n, 1);
	spares_clear(&spares);
	ck_assert_uint_eq(spares.n, 0);
}
END_TEST

START_TEST(no_more_are_kept_than_so_many)
{
	for (unsigned i = 0; i < SPARES_MAX + 10; i++) {
		Buf buf = make_buf(1);

		spares_give(&spares, &buf);
	}
	ck_assert_uint_eq(spares.n, SPARES_MAX);
	spares_clear(&spares);
}
END_TEST

START_TEST(no_more_are_kept_than_so_many_bytes_together)
{
	const unsigned n_fit = SPARES_MAX_BYTES / SPARE_MAX_BYTES;

	for (unsigned i = 0; i < n_fit + 10; i++) {
		Buf buf = make_buf(SPARE_MAX_BYTES);

		spares_give(&spares, &buf);
	}
	ck_assert_uint_eq(spares.n, n_fit);

	/* For what is taken there is room again. */
	Buf taken = spares_take(&spares), other = make_buf(SPARE_MAX_BYTES);

	spares_give(&spares, &other);
	ck_assert_uint_eq(spares.n, n_fit);
	buf_free(&taken);
	spares_clear(&spares);
}
END_TEST

UNIT_MAIN("spares", without_any_a_buf_begins_without_a_block, a_block_goes_from_hand_to_hand_empty,
          who_has_no_block_gives_none, one_that_has_grown_large_is_not_kept, no_more_are_kept_than_so_many,
          no_more_are_kept_than_so_many_bytes_together)
