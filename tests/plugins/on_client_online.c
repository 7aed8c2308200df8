/* SPDX-License-Identifier: Apache-2.0 */
/* on_client_online.c - tells the log, and whoever subscribes to its word */
#include "tiny.h"

static void
on_client_online(void *state, const VmqClient *client)
{
	const Tiny *tiny = state;

	tiny_say(tiny, "on_client_online", "client=%s user=%s protocol=%u clean=%d address=%s",
	         vmq_client_get_id(client), tiny_or_none(vmq_client_get_username(client)),
	         vmq_client_get_protocol(client), vmq_client_is_clean_start(client),
	         vmq_client_get_address(client));
	if (tiny->word != NULL)
		tiny_publish(tiny, tiny->word, vmq_client_get_id(client));
}

TINY_PLUGIN(on_client_online, .on_client_online = on_client_online);
