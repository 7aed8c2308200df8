/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_stopping.c - has a last word, from a job that it gives away: the word "hold" keeps the broker
 * until then, "leave" does not
 */
#include "tiny.h"

static void
on_work(void *data)
{
	(void) data; /* that it takes another thread, and a letter back, is all that matters */
}

static void
on_done(void *state)
{
	Tiny *tiny = state;

	tiny_say(tiny, "last word", "%s", tiny->word);
	if (strcmp(tiny->word, "hold") == 0)
		vmq_stop_done(tiny->host);
}

static void
on_stopping(void *state)
{
	Tiny *tiny = state;

	tiny_say(tiny, "on_stopping", "word=%s", tiny_or_none(tiny->word));
	if (tiny->word == NULL)
		return;
	if (strcmp(tiny->word, "hold") == 0)
		vmq_stop_hold(tiny->host);
	vmq_offload(on_work, on_done, tiny);
}

TINY_PLUGIN(on_stopping, .on_stopping = on_stopping);
