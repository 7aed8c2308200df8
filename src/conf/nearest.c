/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.c - what may have been meant by a word that nobody knows */
#include "conf/nearest.h"

#include <string.h>

#define WORD_MAX 64

/*
 * How many letters must be inserted, left out, changed or swapped with a neighbour
 * ("optimal string alignment" distance; Damerau 1964).
 */
static unsigned
distance(const char *a, const char *b)
{
	size_t   n = strlen(a), m = strlen(b);
	unsigned rows[3][WORD_MAX + 1];

	for (unsigned j = 0; j <= m; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			unsigned change = last[j - 1] + (a[i - 1] != b[j - 1]);

			now[j] = MIN(MIN(last[j], now[j - 1]) + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], before[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

const char *
nearest_word(const char *word, const char *const *words)
{
	const char *best = NULL;
	unsigned    least = (unsigned) strlen(word) / 3 + 2; /* a near one has fewer mistakes */

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		unsigned mistakes = strlen(*words) <= WORD_MAX ? distance(word, *words) : least;

		if (mistakes < least) {
			least = mistakes;
			best = *words;
		}
	}
	return best;
}
