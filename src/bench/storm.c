/* SPDX-License-Identifier: Apache-2.0 */
/* storm.c - clients that do nothing but connect, as fast as they can */
#include "bench/storm.h"

#include "bench/crowd.h"

void
storm_run(Run *run, Result *result)
{
	crowd_gather_idle(run, run->plan->n_connections, "connected", result);
}
