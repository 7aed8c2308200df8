/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spares.h - blocks for bytes, kept for whoever writes next
 *
 * Handed from one to the other, so that who is idle owns none and who is busy need not allocate.
 * Kept are up to SPARES_MAX blocks of up to SPARE_MAX_BYTES each and SPARES_MAX_BYTES together; what
 * is more is freed.
 *
 * Owner:   whoever embeds it; zero-initialised there are none.
 * Threads: its owner's.
 */
#pragma once

#include "base/buf.h"

#define SPARES_MAX       1024
#define SPARES_MAX_BYTES (4 * 1024 * 1024)
#define SPARE_MAX_BYTES  (128 * 1024)

typedef struct {
	Buf      bufs[SPARES_MAX];
	unsigned n;
	size_t   bytes;
} Spares;

Buf  spares_take(Spares *spares);           /* empty; without a block when there is none */
void spares_give(Spares *spares, Buf *buf); /* leaves it without a block */
void spares_clear(Spares *spares);
