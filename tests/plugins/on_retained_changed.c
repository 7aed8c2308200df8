/* SPDX-License-Identifier: Apache-2.0 */
/* on_retained_changed.c - says what is retained now */
#include "tiny.h"

static void
on_retained_changed(void *state, VmqMsg *msg)
{
	VmqBytes topic = vmq_msg_get_topic(msg);

	tiny_say(state, "on_retained_changed", "%.*s has %zu bytes", (int) topic.size,
	         (const char *) topic.data, vmq_msg_get_payload(msg).size);
}

TINY_PLUGIN(on_retained_changed, .on_retained_changed = on_retained_changed);
