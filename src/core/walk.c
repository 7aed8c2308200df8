/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c - retained messages on their way to a new subscription */
#include "core/walk.h"

#include "core/core.h"
#include "core/hooks.h"
#include "run/worker.h"

#include <vibemq/log.h>

struct Walk {
	char      *filter;
	uint64_t   newest;   /* when it was made: what came later came live */
	GPtrArray *messages; /* NULL: not begun */
	VmqAddr    reader;
	guint      next;
	VmqGrant   grant;
	uint32_t   id;
};

Walk *
walk_new(const char *filter, const VmqGrant *grant, VmqAddr reader)
{
	Walk *walk = g_new0(Walk, 1);

	g_assert(grant->n_ids <= 1);
	walk->filter = g_strdup(filter);
	walk->newest = retained_newest(core.retained);
	walk->reader = reader;
	walk->grant = *grant;
	walk->id = grant->n_ids == 1 ? grant->ids[0] : 0;
	return walk;
}

void
walk_free(Walk *walk)
{
	if (walk == NULL)
		return;
	g_clear_pointer(&walk->messages, g_ptr_array_unref);
	g_free(walk->filter);
	g_free(walk);
}

bool
walk_begin(Walk *walk)
{
	if (walk->messages == NULL)
		walk->messages = retained_collect(core.retained, walk->filter, walk->newest);
	return walk->next < walk->messages->len;
}

static void
tell_withheld(const VmqClient *client, const char *topic)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(core.counters.retained_withheld, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_info("session",
		         "a retained message is withheld: client=%s may not publish to %s any more "
		         "(limits.check_retain_source; %u more since the last such line)",
		         client->id, topic, held);
}

/* May whoever published it still publish there? */
static bool
may_be_said(const VmqMsg *msg)
{
	VmqClient client;

	if (!core_limits()->check_retain_source || !hooks_has_authorize() ||
	    !msg_source(msg, &client))
		return true;

	VmqBytes         bytes = msg_topic(msg);
	g_autofree char *topic = g_strndup((const char *) bytes.data, bytes.size);
	VmqAccess        access = {.kind = VMQ_ACCESS_PUBLISH,
	                           .client = &client,
	                           .topic = topic,
	                           .qos = msg->qos,
	                           .retain = true};

	if (hooks_authorize(&access) != VMQ_DENY)
		return true;
	tell_withheld(&client, topic);
	return false;
}

/* [MQTT-3.8.3-3] */
static bool
is_own(const Walk *walk, const VmqMsg *msg)
{
	return walk->grant.flags & VMQ_GRANT_NO_LOCAL &&
	       vmq_addr_equal(msg->publisher, walk->reader);
}

VmqMsg *
walk_next(Walk *walk)
{
	while (walk->next < walk->messages->len) {
		VmqMsg *msg = walk->messages->pdata[walk->next++];

		if (!msg_is_expired(msg, worker_now_ms(worker_here())) && !is_own(walk, msg) &&
		    retained_is_current(msg) && may_be_said(msg))
			return msg;
	}
	return NULL;
}

VmqGrant
walk_grant(const Walk *walk)
{
	VmqGrant grant = walk->grant;

	grant.ids = &walk->id;
	return grant;
}

bool
walk_is_of(const Walk *walk, const char *filter)
{
	return g_str_equal(walk->filter, filter);
}
