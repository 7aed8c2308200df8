/* SPDX-License-Identifier: Apache-2.0 */
/* storm.h - clients that do nothing but connect, as fast as they can */
#pragma once

#include "bench/result.h"
#include "bench/run.h"

/* What went wrong is in run->failure. */
void storm_run(Run *run, Result *result);
