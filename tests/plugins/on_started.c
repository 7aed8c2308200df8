/* SPDX-License-Identifier: Apache-2.0 */
/* on_started.c - says so */
#include "tiny.h"

static void
on_started(void *state)
{
	tiny_say(state, "on_started", "workers=%u", vmq_workers());
}

TINY_PLUGIN(on_started, .on_started = on_started);
