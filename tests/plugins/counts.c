/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c - when the broker stops, says what was counted: "vibemq_connects_total 3", and not what is 0 */
#include "tiny.h"

static void
on_counter(const char *name, const char *help, int64_t value, void *data)
{
	(void) help;
	if (value != 0)
		tiny_say(data, "counted", "%s %" G_GINT64_FORMAT, name, value);
}

static void
on_stopping(void *state)
{
	vmq_counter_foreach(on_counter, state);
}

TINY_PLUGIN(counts, .on_stopping = on_stopping);
