/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - a result, for people and for scripts */
#pragma once

#include "bench/plan.h"
#include "bench/result.h"

void report_text(const Plan *plan, const Result *result);
void report_json(const Plan *plan, const Result *result, const char *failure);
