/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt/utf8.h"
#include "unit.h"

#include <string.h>

/* From the definition: take the code point apart, and see whether it is written as it must be. */
static size_t
encode_naively(uint32_t point, uint8_t *out)
{
	if (point < 0x80) {
		out[0] = (uint8_t) point;
		return 1;
	}

	size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = size - 1; i > 0; i--, point >>= 6)
		out[i] = (uint8_t) (0x80 | (point & 0x3F));
	out[0] = (uint8_t) ((0xF0 << (4 - size)) | point);
	return size;
}

static bool
is_character_naively(const uint8_t *bytes, size_t size)
{
	uint8_t  again[4];
	uint32_t point = bytes[0];

	if (size > 1) {
		point &= 0x7Fu >> size;
		for (size_t i = 1; i < size; i++)
			point = point << 6 | (bytes[i] & 0x3F);
	}
	if (point == 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
		return false;
	return encode_naively(point, again) == size && memcmp(again, bytes, size) == 0;
}

/* Can the whole be cut into characters? */
static bool
is_valid_naively(const uint8_t *bytes, size_t size)
{
	for (size_t n; size > 0; bytes += n, size -= n) {
		for (n = 1; n <= 4 && n <= size && !is_character_naively(bytes, n); n++)
			continue;
		if (n > 4 || n > size)
			return false;
	}
	return true;
}

START_TEST(every_code_point_but_zero_and_the_surrogates_is_valid)
{
	for (uint32_t point = 0; point <= 0x1FFFFF; point++) {
		uint8_t  bytes[4];
		VmqBytes string = {bytes, encode_naively(point, bytes)};
		bool     expected =
			point != 0 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);

		if (mqtt_utf8_is_valid(string) != expected)
			ck_abort_msg("U+%04X", point);
	}
}
END_TEST

START_TEST(every_string_of_three_bytes_is_judged_as_the_definition_does)
{
	for (uint32_t i = 0; i < 1u << 24; i++) {
		uint8_t bytes[3] = {(uint8_t) (i >> 16), (uint8_t) (i >> 8), (uint8_t) i};

		/* ASCII in front says the same of what follows, many times over. */
		if (bytes[0] > 1 && bytes[0] < 0x7F)
			continue;
		if (mqtt_utf8_is_valid((VmqBytes){bytes, 3}) != is_valid_naively(bytes, 3))
			ck_abort_msg("%06X", i);
	}
}
END_TEST

START_TEST(strings_of_four_bytes_are_judged_as_the_definition_does)
{
	for (unsigned lead = 0xE0; lead <= 0xFF; lead++) {
		for (uint32_t i = 0; i < 1u << 16; i++) {
			/* The last byte takes the values next to the limits. */
			static const uint8_t lasts[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0};

			for (unsigned j = 0; j < G_N_ELEMENTS(lasts); j++) {
				uint8_t bytes[4] = {(uint8_t) lead, (uint8_t) (i >> 8), (uint8_t) i,
				                    lasts[j]};

				if (mqtt_utf8_is_valid((VmqBytes){bytes, 4}) !=
				    is_valid_naively(bytes, 4))
					ck_abort_msg("%02X%04X%02X", lead, i, lasts[j]);
			}
		}
	}
}
END_TEST

START_TEST(a_bad_byte_is_seen_wherever_it_stands)
{
	static const uint8_t bad[] = {0x00, 0x80, 0xBF, 0xC0, 0xC1, 0xC3, 0xE2, 0xF5, 0xFF};

	for (size_t size = 1; size < 40; size++) {
		for (size_t at = 0; at < size; at++) {
			for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
				g_autofree uint8_t *bytes = g_malloc(size);

				memset(bytes, 'x', size);
				ck_assert(mqtt_utf8_is_valid((VmqBytes){bytes, size}));
				bytes[at] = bad[i];
				ck_assert(!mqtt_utf8_is_valid((VmqBytes){bytes, size}));
				ck_assert(mqtt_utf8_is_text((VmqBytes){bytes, size}) ==
				          (bad[i] == 0));
			}
		}
	}
}
END_TEST

START_TEST(a_character_may_stand_anywhere)
{
	for (size_t size = 4; size < 40; size++) {
		for (size_t at = 0; at + 4 <= size; at++) {
			g_autofree uint8_t *bytes = g_malloc(size);

			memset(bytes, 'x', size);
			memcpy(bytes + at, "\xF0\x9F\xA6\x9F", 4);
			ck_assert(mqtt_utf8_is_valid((VmqBytes){bytes, size}));
			if (at + 4 == size) /* cut */
				ck_assert(!mqtt_utf8_is_valid((VmqBytes){bytes, size - 1}));
		}
	}
}
END_TEST

START_TEST(the_empty_string_is_valid)
{
	ck_assert(mqtt_utf8_is_valid((VmqBytes){0}));
	ck_assert(mqtt_utf8_is_text((VmqBytes){0}));
}
END_TEST

START_TEST(a_payload_of_text_may_have_zeros)
{
	ck_assert(mqtt_utf8_is_text((VmqBytes){(const uint8_t *) "\0a\0\0b\0", 6}));
	ck_assert(!mqtt_utf8_is_text((VmqBytes){(const uint8_t *) "\0a\0\xFF", 4}));
}
END_TEST

UNIT_MAIN("utf8", every_code_point_but_zero_and_the_surrogates_is_valid,
          every_string_of_three_bytes_is_judged_as_the_definition_does,
          strings_of_four_bytes_are_judged_as_the_definition_does,
          a_bad_byte_is_seen_wherever_it_stands, a_character_may_stand_anywhere,
          the_empty_string_is_valid, a_payload_of_text_may_have_zeros)
