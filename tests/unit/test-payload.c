/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/payload.h"
#include "unit.h"

#define SIZE 64

static Pattern pattern;
static uint8_t bytes[SIZE];

static void
begin(size_t size, PayloadHead head)
{
	pattern_clear(&pattern);
	pattern_init(&pattern, size);
	payload_write(bytes, &pattern, &head);
}

START_TEST(a_payload_says_what_it_was_made_of)
{
	PayloadHead head = {PAYLOAD_SEQ_MASK - 5, PAYLOAD_MAX_PUBLISHERS - 1, true, -7}, found;

	for (size_t size = PAYLOAD_MIN; size <= SIZE; size++) {
		begin(size, head);
		ck_assert(payload_read(bytes, size, &pattern, &found));
		ck_assert_uint_eq(found.seq, head.seq);
		ck_assert_uint_eq(found.publisher, head.publisher);
		ck_assert(found.is_probe);
		ck_assert_int_eq(found.time_ns, -7);
	}
}
END_TEST

START_TEST(every_changed_byte_of_the_rest_is_seen)
{
	PayloadHead found;

	begin(SIZE, (PayloadHead){42, 7, false, 1000});
	for (unsigned i = PAYLOAD_MIN; i < SIZE; i++) {
		bytes[i] ^= 1;
		ck_assert(!payload_read(bytes, SIZE, &pattern, &found));
		bytes[i] ^= 1;
	}
	ck_assert(payload_read(bytes, SIZE, &pattern, &found));
}
END_TEST

START_TEST(another_size_is_seen)
{
	PayloadHead found;

	begin(SIZE, (PayloadHead){42, 7, false, 1000});
	ck_assert(!payload_read(bytes, SIZE - 1, &pattern, &found));
	ck_assert(!payload_read(bytes, PAYLOAD_MIN, &pattern, &found));
}
END_TEST

START_TEST(the_rest_of_a_neighbour_is_seen)
{
	PayloadHead found;
	uint8_t     other[SIZE];

	begin(SIZE, (PayloadHead){42, 7, false, 1000});
	payload_write(other, &pattern, &(PayloadHead){43, 7, false, 1000});
	memcpy(bytes + PAYLOAD_MIN, other + PAYLOAD_MIN, SIZE - PAYLOAD_MIN);
	ck_assert(!payload_read(bytes, SIZE, &pattern, &found));
	payload_write(other, &pattern, &(PayloadHead){42, 8, false, 1000});
	memcpy(bytes + PAYLOAD_MIN, other + PAYLOAD_MIN, SIZE - PAYLOAD_MIN);
	ck_assert(!payload_read(bytes, SIZE, &pattern, &found));
	pattern_clear(&pattern);
}
END_TEST

UNIT_MAIN("payload", a_payload_says_what_it_was_made_of, every_changed_byte_of_the_rest_is_seen,
          another_size_is_seen, the_rest_of_a_neighbour_is_seen)
