/* SPDX-License-Identifier: Apache-2.0 */
/* payload.c - the pattern that fills payloads */
#include "bench/payload.h"

#include <glib.h>

#define LONGEST_OFFSET 255

void
pattern_init(Pattern *pattern, size_t payload_size)
{
	uint64_t state = UINT64_C(0x9E3779B97F4A7C15);

	g_assert(payload_size >= PAYLOAD_MIN);
	pattern->size = payload_size;
	pattern->bytes = g_malloc(payload_size + LONGEST_OFFSET);
	for (size_t i = 0; i < payload_size + LONGEST_OFFSET; i++) {
		state ^= state << 13; /* xorshift64 (Marsaglia 2003) */
		state ^= state >> 7;
		state ^= state << 17;
		pattern->bytes[i] = (uint8_t) (state >> 32);
	}
}

void
pattern_clear(Pattern *pattern)
{
	g_free(pattern->bytes);
	*pattern = (Pattern){0};
}
