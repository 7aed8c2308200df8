/* SPDX-License-Identifier: Apache-2.0 */
/* on_authorize.c - permits what the topic says: "x/a=next/b=deny" */
#include "tiny.h"

static VmqVerdict
on_authorize(void *state, VmqAccess *access)
{
	const Tiny      *tiny = state;
	g_autofree char *word = tiny_word_for(tiny, access->topic);

	tiny_say(tiny, "on_authorize", "client=%s may %s %s qos=%u retain=%d",
	         vmq_client_get_id(access->client),
	         access->kind == VMQ_ACCESS_PUBLISH ? "publish" : "subscribe", access->topic,
	         access->qos, access->retain);
	access->why = "the topic says so";
	return tiny_verdict(word);
}

TINY_PLUGIN(on_authorize, .on_authorize = on_authorize);
