/* SPDX-License-Identifier: Apache-2.0 */
/* on_client_offline.c - tells the log, and whoever subscribes to its word */
#include "tiny.h"

static void
on_client_offline(void *state, const VmqClient *client, VmqReason reason)
{
	const Tiny *tiny = state;

	tiny_say(tiny, "on_client_offline", "client=%s reason=0x%02x", vmq_client_get_id(client),
	         reason);
	if (tiny->word != NULL)
		tiny_publish(tiny, tiny->word, vmq_client_get_id(client));
}

TINY_PLUGIN(on_client_offline, .on_client_offline = on_client_offline);
