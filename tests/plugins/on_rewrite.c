/* SPDX-License-Identifier: Apache-2.0 */
/*
 * on_rewrite.c - appends "/LABEL" to every topic below "rewrite/", so that the order shows; where the
 * topic says "a=spoil", something that makes it no topic
 *
 * What the draft points to must live until the hook is called again on that thread: so one text
 * for each worker.
 */
#include "tiny.h"

typedef struct {
	Tiny     *tiny;
	unsigned  n_topics;
	GString **topics;
} Rewriter;

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	Rewriter *self = g_new0(Rewriter, 1);

	self->tiny = tiny_init(host, conf, error);
	self->n_topics = vmq_workers();
	self->topics = g_new0(GString *, self->n_topics);
	for (unsigned i = 0; i < self->n_topics; i++)
		self->topics[i] = g_string_new(NULL);
	return self;
}

static void
end(void *state)
{
	Rewriter *self = state;

	for (unsigned i = 0; i < self->n_topics; i++)
		g_string_free(self->topics[i], TRUE);
	g_free(self->topics);
	tiny_exit(self->tiny);
	g_free(self);
}

static void
on_rewrite(void *state, VmqDraft *draft)
{
	Rewriter *self = state;
	GString  *topic = self->topics[vmq_worker_here()];

	g_string_truncate(topic, 0);
	g_string_append_len(topic, (const char *) draft->topic.data, (gssize) draft->topic.size);
	tiny_say(self->tiny, "on_rewrite", "%s of client=%s", topic->str,
	         draft->client != NULL ? vmq_client_get_id(draft->client) : "none");
	if (!g_str_has_prefix(topic->str, "rewrite/"))
		return;

	g_autofree char *word = tiny_word_for(self->tiny, topic->str);

	g_string_append_printf(topic, "/%s",
	                       g_strcmp0(word, "spoil") == 0 ? "#" : self->tiny->label);
	draft->topic = (VmqBytes){(const uint8_t *) topic->str, topic->len};
}

static const VmqHooks hooks = {VMQ_HOOKS_INIT, .on_rewrite = on_rewrite};

VMQ_PLUGIN_DEFINE(on_rewrite, "A tiny plugin", tiny_options, &hooks, start, end);
