/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.h - publishers that publish to subscribers as long as it is measured */
#pragma once

#include "bench/result.h"
#include "bench/run.h"

/* What went wrong is in run->failure. */
void traffic_run(Run *run, Result *result);
