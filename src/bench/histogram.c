/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c - how often which value was seen, to within a hundredth of it */
#include "bench/histogram.h"

#include <math.h>
#include <string.h>

void
histogram_clear(Histogram *histogram)
{
	memset(histogram, 0, sizeof *histogram);
}

void
histogram_merge(Histogram *into, const Histogram *from)
{
	into->count += from->count;
	into->sum += from->sum;
	if (from->max > into->max)
		into->max = from->max;
	for (unsigned i = 0; i < HISTOGRAM_N; i++)
		into->buckets[i] += from->buckets[i];
}

double
histogram_mean(const Histogram *histogram)
{
	return histogram->count > 0 ? (double) histogram->sum / (double) histogram->count : 0;
}

/* The greatest value that goes into a bucket. */
static uint64_t
top_of(unsigned index)
{
	unsigned shift = index < 2 * HISTOGRAM_SUB ? 0 : index / HISTOGRAM_SUB - 1;
	uint64_t low = (uint64_t) (index - shift * HISTOGRAM_SUB) << shift;

	return low + (UINT64_C(1) << shift) - 1;
}

uint64_t
histogram_quantile(const Histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t) ceil(part * (double) histogram->count);
	uint64_t seen = 0;

	if (wanted == 0)
		wanted = 1;
	for (unsigned i = 0; i + 1 < HISTOGRAM_N; i++) {
		seen += histogram->buckets[i];
		if (seen >= wanted)
			return top_of(i) < histogram->max ? top_of(i) : histogram->max;
	}
	return histogram->max;
}
