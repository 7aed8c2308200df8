/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "unit.h"

START_TEST(an_empty_buf_owns_nothing)
{
	Buf buf = {0};

	ck_assert_uint_eq(buf_size(&buf), 0);
	buf_free(&buf);
}
END_TEST

START_TEST(bytes_come_out_as_they_went_in)
{
	Buf buf = {0};

	for (unsigned i = 0; i < 100000; i++)
		buf_append_be32(&buf, i);
	for (unsigned i = 0; i < 100000; i++) {
		const uint8_t *at = buf_bytes(&buf).data;

		ck_assert_uint_eq((unsigned) at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3], i);
		buf_consume(&buf, 4);
	}
	ck_assert_uint_eq(buf_size(&buf), 0);
	buf_free(&buf);
}
END_TEST

START_TEST(a_buf_that_is_eaten_as_fast_as_filled_does_not_grow)
{
	Buf    buf = {0};
	size_t room = 0;

	for (unsigned i = 0; i < 10000; i++) {
		buf_append(&buf, "0123456789", 10);
		if (i >= 3)
			buf_consume(&buf, 10);
		if (i == 100)
			room = buf.room;
	}
	ck_assert_uint_eq(buf.room, room);
	ck_assert_mem_eq(buf_bytes(&buf).data, "012345678901234567890123456789", 30);
	buf_free(&buf);
}
END_TEST

UNIT_MAIN("buf", an_empty_buf_owns_nothing, bytes_come_out_as_they_went_in,
          a_buf_that_is_eaten_as_fast_as_filled_does_not_grow)
