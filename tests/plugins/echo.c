/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo.c - a sink: what comes for its word, a filter, is published again below "echo/", from
 * within the delivery
 */
#include "tiny.h"

typedef struct {
	Tiny   *tiny;
	VmqAddr sink;
} Echo;

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *grant)
{
	const Echo      *echo = data;
	VmqBytes         topic = vmq_msg_get_topic(msg), payload = vmq_msg_get_payload(msg);
	g_autofree char *text = g_strndup((const char *) payload.data, payload.size);
	g_autofree char *to =
		g_strdup_printf("echo/%.*s", (int) topic.size, (const char *) topic.data);

	tiny_say(echo->tiny, "deliver", "%s qos=%u", to + strlen("echo/"), grant->qos);
	tiny_publish(echo->tiny, to, text);
}

static const VmqSinkOps ops = {.deliver = on_deliver};

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	Echo *echo = g_new0(Echo, 1);

	echo->tiny = tiny_init(host, conf, error);
	echo->sink = vmq_sink_open(&ops, echo);
	vmq_subscribe(echo->sink, echo->tiny->word, &(VmqGrant){.qos = 1});
	return echo;
}

static void
end(void *state)
{
	Echo *echo = state;

	vmq_sink_close(echo->sink);
	tiny_exit(echo->tiny);
	g_free(echo);
}

static const VmqHooks no_hooks = {VMQ_HOOKS_INIT};

VMQ_PLUGIN_DEFINE(echo, "A tiny sink", tiny_options, &no_hooks, start, end);
