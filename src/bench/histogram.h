/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram.h - how often which value was seen, to within a hundredth of it
 *
 * Log-linear: 128 buckets for each power of two. Values are nanoseconds up to
 * 18 minutes; what is above counts as that, the maximum is kept as it was.
 *
 * Threads: its owner's; merge when they are done.
 */
#pragma once

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 7
#define HISTOGRAM_SUB (1u << HISTOGRAM_SUB_BITS)
#define HISTOGRAM_TOP_BIT 40
#define HISTOGRAM_N ((HISTOGRAM_TOP_BIT - HISTOGRAM_SUB_BITS) * HISTOGRAM_SUB + HISTOGRAM_SUB)

typedef struct {
	uint64_t count, sum, max;
	uint64_t buckets[HISTOGRAM_N];
} Histogram;

static inline unsigned
histogram_index(uint64_t value)
{
	const uint64_t most = (UINT64_C(1) << HISTOGRAM_TOP_BIT) - 1;
	uint64_t       kept = value < most ? value : most;
	unsigned       top_bit = 63u - (unsigned) __builtin_clzll(kept | HISTOGRAM_SUB);
	unsigned       shift = top_bit - HISTOGRAM_SUB_BITS;

	return shift * HISTOGRAM_SUB + (unsigned) (kept >> shift);
}

static inline void
histogram_add(Histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->sum += value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->buckets[histogram_index(value)]++;
}

void histogram_clear(Histogram *histogram);
void histogram_merge(Histogram *into, const Histogram *from);

/* 0 when nothing was seen. */
double histogram_mean(const Histogram *histogram);

/* The least value that `part` (0 to 1) of all that was seen do not exceed, rounded up. */
uint64_t histogram_quantile(const Histogram *histogram, double part);
