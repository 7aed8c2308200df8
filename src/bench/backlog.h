/* SPDX-License-Identifier: Apache-2.0 */
/* backlog.h - messages wait for subscribers that are away, and are drained when they come */
#pragma once

#include "bench/result.h"
#include "bench/run.h"

/* What went wrong is in run->failure. */
void backlog_run(Run *run, Result *result);
