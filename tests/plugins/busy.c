/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busy.c - publishes on all other workers, while plugins after it come to life and while they leave
 *
 * It frees its state in exit() without a look around: what it has given to other workers must be
 * done by then.
 */
#include "tiny.h"

#define PUBLISHES 100

typedef struct {
	const Tiny *tiny;
	unsigned    left;
	unsigned    worker;
} Task;

/* One message in a turn, so that others have theirs in between. */
static void
on_turn(void *data)
{
	Task *task = data;

	tiny_publish(task->tiny, "busy", "word");
	if (--task->left > 0)
		vmq_invoke(task->worker, on_turn, task, g_free);
	else
		g_free(task);
}

static void
on_last_turn(void *state)
{
	for (unsigned i = 0; i < PUBLISHES; i++)
		tiny_publish(state, "busy", "last word");
	tiny_say(state, "finished", "everything");
}

static void
on_stopping(void *state)
{
	for (unsigned i = 1; i < vmq_workers(); i++)
		vmq_invoke(i, on_last_turn, state, NULL);
}

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	Tiny *tiny = tiny_init(host, conf, error);

	for (unsigned i = 1; i < vmq_workers(); i++) {
		Task *task = g_new0(Task, 1);

		*task = (Task){tiny, PUBLISHES, i};
		vmq_invoke(i, on_turn, task, g_free);
	}
	return tiny;
}

static const VmqHooks hooks = {VMQ_HOOKS_INIT, .on_stopping = on_stopping};

VMQ_PLUGIN_DEFINE(busy, "A tiny plugin", tiny_options, &hooks, start, tiny_exit);
