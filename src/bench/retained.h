/* SPDX-License-Identifier: Apache-2.0 */
/* retained.h - many messages are retained, and then drained by who subscribes to all */
#pragma once

#include "bench/result.h"
#include "bench/run.h"

/* What went wrong is in run->failure. */
void retained_run(Run *run, Result *result);
