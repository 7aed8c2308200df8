/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_connect.c - lets in or not as the client's user name says: "a=next b=deny"
 *
 * "later-deny" answers by ticket, from a thread of the pool; "twice" allows and then denies so;
 * "pending" never answers.
 */
#include "tiny.h"

typedef struct {
	const Tiny *tiny;
	GThread    *asked_on;
	VmqTicket   ticket;
	VmqVerdict  verdict;
	bool        twice;
} Later;

static void
answer(void *data)
{
	const Later *later = data;

	vmq_info("tiny", "%s answers on %s thread", later->tiny->label,
	         g_thread_self() != later->asked_on ? "another" : "the same");
	vmq_ticket_answer(later->ticket, later->verdict, VMQ_REASON_BANNED, "denied later", NULL);
	if (later->twice)
		vmq_ticket_answer(later->ticket, VMQ_DENY, VMQ_REASON_BANNED, "denied too late",
		                  NULL);
}

static VmqVerdict
answer_later(const Tiny *tiny, VmqTicket ticket, const char *word)
{
	Later *later = g_new0(Later, 1);

	*later = (Later){tiny, g_thread_self(), ticket, tiny_verdict(word),
	                 strcmp(word, "twice") == 0};
	if (later->twice)
		later->verdict = VMQ_ALLOW;
	vmq_offload(answer, g_free, later);
	return VMQ_PENDING;
}

static VmqVerdict
on_connect(void *state, VmqConnect *connect, VmqTicket ticket)
{
	const Tiny      *tiny = state;
	const VmqClient *client = connect->client;
	g_autofree char *word = tiny_word_for(tiny, vmq_client_get_username(client));

	tiny_say(tiny, "on_connect", "client=%s user=%s password=%s will=%s method=%s address=%s",
	         vmq_client_get_id(client), tiny_or_none(vmq_client_get_username(client)),
	         connect->password.data == NULL ? "none"
	         : connect->password.size == 0  ? "empty"
	                                        : "some",
	         tiny_or_none(connect->will_topic), tiny_or_none(connect->auth_method),
	         vmq_client_get_address(client));
	connect->reason = VMQ_REASON_BAD_USER_NAME_OR_PASSWORD;
	connect->why = "denied at once";
	if (word != NULL && g_str_has_prefix(word, "later-"))
		return answer_later(tiny, ticket, word + strlen("later-"));
	if (word != NULL && strcmp(word, "twice") == 0)
		return answer_later(tiny, ticket, word);
	return tiny_verdict(word);
}

TINY_PLUGIN(on_connect, .on_connect = on_connect);
