/* SPDX-License-Identifier: Apache-2.0 */
/* on_auth.c - the method "tiny-LABEL": the client's data say what becomes of it: "a=allow" */
#include "tiny.h"

static GBytes *
reply(const Tiny *tiny, VmqBytes data)
{
	char *text = g_strdup_printf("%s heard %.*s", tiny->label, (int) data.size,
	                             (const char *) data.data);

	return g_bytes_new_take(text, strlen(text));
}

static VmqVerdict
on_connect(void *state, VmqConnect *connect, VmqTicket ticket)
{
	const Tiny      *tiny = state;
	g_autofree char *method = g_strconcat("tiny-", tiny->label, NULL);

	(void) ticket;
	if (g_strcmp0(connect->auth_method, method) != 0)
		return VMQ_NEXT;
	connect->reply = reply(tiny, connect->auth_data);
	return VMQ_CONTINUE;
}

static VmqVerdict
on_auth(void *state, VmqConnect *connect, VmqTicket ticket)
{
	const Tiny      *tiny = state;
	VmqBytes         data = connect->auth_data;
	g_autofree char *text = g_strndup((const char *) data.data, data.size);
	g_autofree char *word = tiny_word_for(tiny, text);
	VmqVerdict       verdict = tiny_verdict(word);

	(void) ticket;
	tiny_say(tiny, "on_auth", "client=%s method=%s data=%s", vmq_client_get_id(connect->client),
	         connect->auth_method, text);
	connect->reason = VMQ_REASON_BANNED;
	if (verdict == VMQ_ALLOW || verdict == VMQ_CONTINUE)
		connect->reply = reply(tiny, data);
	return verdict;
}

TINY_PLUGIN(on_auth, .on_connect = on_connect, .on_auth = on_auth);
