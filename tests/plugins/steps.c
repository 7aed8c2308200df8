/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.c - a method of authentication that does what the client tells it to: on_connect, on_auth
 *
 * Of the method "steps" the Authentication Data are words:
 *
 *     [later] allow | continue | next | deny HEX | never [at length] [as NAME]
 *
 * "later" answers by ticket, from a thread of the pool; "never" not at all. With what it
 * allows or continues it says how many steps there were; "at length" in a hundred bytes.
 * Other methods are not its own.
 */
#include <vibemq/plugin.h>

#include <stdlib.h>
#include <string.h>

/* What is kept between the steps. */
typedef struct {
	unsigned n;
	char    *client_id;
} Steps;

/* What a ticket is to be answered with. */
typedef struct {
	VmqTicket  ticket;
	VmqVerdict verdict;
	VmqReason  reason;
	GBytes    *reply;
} Later;

static void
forget(void *data)
{
	Steps *steps = data;

	vmq_info("steps", "forgotten: client=%s after %u", steps->client_id, steps->n);
	g_free(steps->client_id);
	g_free(steps);
}

static Steps *
count(VmqConnect *connect)
{
	Steps *steps = connect->kept;

	if (steps == NULL) {
		steps = g_new0(Steps, 1);
		steps->client_id = g_strdup(vmq_client_get_id(connect->client));
		connect->kept = steps;
		connect->forget = forget;
	}
	steps->n++;
	return steps;
}

static VmqVerdict
read_verdict(const char *word)
{
	static const char *const words[] = {"next", "allow", "deny", "continue", "never"};

	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
		if (word != NULL && strcmp(word, words[i]) == 0)
			return (VmqVerdict) i;
	return VMQ_DENY;
}

static void
on_later(void *data)
{
	Later *later = data;

	vmq_ticket_answer(later->ticket, later->verdict, later->reason, "as it told us",
	                  later->reply);
}

static GBytes *
make_reply(const Steps *steps, bool at_length)
{
	char *text = g_strdup_printf(at_length ? "step %100u" : "step %u", steps->n);

	return g_bytes_new_take(text, strlen(text));
}

static VmqVerdict
obey(VmqConnect *connect, VmqTicket ticket, char **words)
{
	bool       is_later = words[0] != NULL && strcmp(words[0], "later") == 0;
	char     **word = is_later ? words + 1 : words;
	VmqVerdict verdict = read_verdict(word[0]);
	GBytes    *reply = NULL;

	connect->why = "as it told us";
	if (verdict == VMQ_DENY && word[0] != NULL && word[1] != NULL)
		connect->reason = (VmqReason) strtoul(word[1], NULL, 16);
	if (verdict == VMQ_ALLOW || verdict == VMQ_CONTINUE)
		reply = make_reply(connect->kept,
		                   g_strv_contains((const char *const *) words, "length"));
	if (is_later) {
		Later *later = g_new0(Later, 1);

		*later = (Later){ticket, verdict, connect->reason, reply};
		vmq_offload(on_later, g_free, later);
		return VMQ_PENDING;
	}
	connect->reply = reply;
	return verdict;
}

static VmqVerdict
on_step(G_GNUC_UNUSED void *state, VmqConnect *connect, VmqTicket ticket)
{
	static _Thread_local char name[64];

	if (connect->auth_method == NULL || strcmp(connect->auth_method, "steps") != 0)
		return VMQ_NEXT;

	g_autofree char *text =
		g_strndup((const char *) connect->auth_data.data, connect->auth_data.size);
	const char *as = strstr(text, " as ");
	g_auto(GStrv) words = g_strsplit(text, " ", -1);

	count(connect);
	if (as != NULL) {
		g_strlcpy(name, as + strlen(" as "), sizeof name);
		connect->username = name;
	}
	return obey(connect, ticket, words);
}

static void
on_client_online(G_GNUC_UNUSED void *state, const VmqClient *client)
{
	const char *name = vmq_client_get_username(client);

	vmq_info("steps", "online: client=%s user=%s", vmq_client_get_id(client),
	         name != NULL ? name : "-");
}

static void *
steps_init(VmqHost *host, G_GNUC_UNUSED const VmqConf *conf, G_GNUC_UNUSED GError **error)
{
	return host;
}

static void
steps_exit(G_GNUC_UNUSED void *state)
{
}

static const VmqOption no_options[] = {VMQ_OPTIONS_END};

static const VmqHooks steps_hooks = {
	VMQ_HOOKS_INIT,
	.on_connect = on_step,
	.on_auth = on_step,
	.on_client_online = on_client_online,
};

VMQ_PLUGIN_DEFINE(steps, "Authentication that does as it is told", no_options, &steps_hooks,
                  steps_init, steps_exit);
