/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - a line on the terminal of who watches, renewed as long as a run goes on */
#pragma once

#include "bench/run.h"

/* Nothing if standard error is no terminal. Main thread only. */
void progress_show(Run *run, const Phase *phase, int64_t now_ns);

/* Wipes the line. */
void progress_end(Run *run);
