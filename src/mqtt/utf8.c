/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - is it UTF-8? */
#include "mqtt/utf8.h"

#include <string.h>

#define ONES (~UINT64_C(0) / 0xFF) /* 0x0101… */
#define HIGHS (ONES * 0x80)        /* 0x8080… */

static bool
is_between(uint8_t byte, uint8_t low, uint8_t high)
{
	return byte >= low && byte <= high;
}

/* How long the character of two bytes or more at `at` is, 0 if it is none (RFC 3629, 4). */
static size_t
sequence_size(const uint8_t *at, const uint8_t *end)
{
	uint8_t lead = at[0];
	size_t  size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	uint8_t low = 0x80, high = 0xBF; /* of the second byte */

	if (!is_between(lead, 0xC2, 0xF4) || (size_t) (end - at) < size)
		return 0;
	if (lead == 0xE0) /* shorter would do */
		low = 0xA0;
	else if (lead == 0xED) /* surrogates [MQTT-1.5.4-1] */
		high = 0x9F;
	else if (lead == 0xF0) /* shorter would do */
		low = 0x90;
	else if (lead == 0xF4) /* past U+10FFFF */
		high = 0x8F;
	if (!is_between(at[1], low, high))
		return 0;
	for (size_t i = 2; i < size; i++)
		if (!is_between(at[i], 0x80, 0xBF))
			return 0;
	return size;
}

/* Skips ASCII without U+0000, eight at a time. */
static const uint8_t *
skip_plain(const uint8_t *at, const uint8_t *end)
{
	for (uint64_t word; end - at >= 8; at += 8) {
		memcpy(&word, at, 8);
		if (((word | (word - ONES)) & HIGHS) != 0)
			break;
	}
	return at;
}

/* U+0000 is the only thing that the two kinds of string see differently. */
static const uint8_t *
find_bad(VmqBytes string)
{
	if (string.size == 0)
		return NULL;

	const uint8_t *at = string.data, *end = at + string.size;

	while (at < end) {
		at = skip_plain(at, end);
		/* The byte that stopped it is within these eight. */
		for (unsigned i = 0; i < 8 && at < end; i++) {
			size_t size = 1;

			if (*at == 0)
				return at;
			if (*at >= 0x80)
				size = sequence_size(at, end);
			if (size == 0)
				return at;
			at += size;
		}
	}
	return NULL;
}

bool
mqtt_utf8_is_valid(VmqBytes string)
{
	return find_bad(string) == NULL;
}

bool
mqtt_utf8_is_text(VmqBytes payload)
{
	for (const uint8_t *bad; (bad = find_bad(payload)) != NULL;) {
		if (*bad != 0)
			return false;

		size_t eaten = (size_t) (bad + 1 - payload.data);

		payload = (VmqBytes){bad + 1, payload.size - eaten};
	}
	return true;
}
