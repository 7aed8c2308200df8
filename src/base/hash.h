/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - hashes bytes that clients choose
 *
 * Keyed with random numbers of this process, so that nobody outside can make two
 * topics collide. Multiply and fold, eight bytes at a time, as wyhash does.
 *
 * Threads: hash_init() before there are others; then any.
 */
#pragma once

#include <vibemq/types.h>

#include <string.h>

extern uint64_t hash_key[2];

void hash_init(void); /* again is nothing */

static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint64_t
hash_bytes(VmqBytes bytes)
{
	const uint8_t *data = bytes.data;
	size_t         left = bytes.size;
	uint64_t       hash = hash_key[0] ^ left;
	uint64_t       word;

	for (; left >= 8; data += 8, left -= 8) {
		memcpy(&word, data, 8);
		hash = hash_fold(hash ^ word, hash_key[1]);
	}
	word = 0;
	for (; left > 0; left--)
		word = word << 8 | data[left - 1];
	return hash_fold(hash ^ word, hash_key[1]);
}
