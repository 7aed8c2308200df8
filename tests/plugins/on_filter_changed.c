/* SPDX-License-Identifier: Apache-2.0 */
/* on_filter_changed.c - looks again, and says what it sees */
#include "tiny.h"

static void
on_filter_changed(void *state, const char *filter)
{
	const Tiny *tiny = state;

	tiny_say(tiny, "on_filter_changed", "%s is %s", filter,
	         vmq_has_local_interest(tiny->host, filter) ? "wanted" : "not wanted");
}

TINY_PLUGIN(on_filter_changed, .on_filter_changed = on_filter_changed);
