/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - hashes bytes that clients choose */
#include "base/hash.h"

uint64_t hash_key[2];

void
hash_init(void)
{
	if (hash_key[0] != 0)
		return;
	for (unsigned i = 0; i < 2; i++)
		hash_key[i] = (uint64_t) g_random_int() << 32 | g_random_int() | 1;
}
