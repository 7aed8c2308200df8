/* SPDX-License-Identifier: Apache-2.0 */
/* result.c - what a run has found out */
#include "bench/result.h"

#include <glib.h>

void
result_add_stage(Result *result, const char *name, uint64_t count, const Span *span)
{
	g_assert(result->n_stages < RESULT_MAX_STAGES);
	result->stages[result->n_stages++] = (ResultStage){name, count, *span, false};
}

void
result_add_filling(Result *result, const char *name, uint64_t count, const Span *span)
{
	result_add_stage(result, name, count, span);
	result->stages[result->n_stages - 1].is_kept = true;
}
