/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c - the one door in */
#include "core/publish.h"

#include "base/clock.h"
#include "core/client.h"
#include "core/core.h"
#include "core/deliver.h"
#include "core/hooks.h"
#include "core/route_cache.h"
#include "core/sys.h"
#include "mqtt/topic.h"
#include "run/worker.h"

#include <vibemq/log.h>

static VmqReason
refuse(const VmqDraft *draft, const char *limit)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(core.counters.retained_refused, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_warn("publish",
		         "a retained message was refused: client=%s at %s: %s is reached "
		         "(%u more since the last such line)",
		         draft->client != NULL ? draft->client->id : "-",
		         draft->client != NULL ? draft->client->address : "-", limit, held);
	return VMQ_REASON_QUOTA_EXCEEDED;
}

/* Returns whether the message is still to be delivered. */
static bool
retain(const VmqDraft *draft, VmqMsg *msg, VmqReason *reason)
{
	switch (retained_set(core.retained, msg)) {
	case RETAINED_CHANGED:
		if (!sys_owns(msg_topic(msg)))
			hooks_retained_changed(msg);
		return true;
	case RETAINED_STALE:
		return false;
	case RETAINED_FULL:
		*reason = refuse(draft, "limits.max_retained_messages");
		return false;
	case RETAINED_SHORT:
		*reason = refuse(draft, "limits.memory_limit");
		return false;
	}
	g_assert_not_reached();
}

static VmqMsg *
freeze(VmqDraft *draft)
{
	if (draft->stamp == 0 && draft->retain)
		draft->stamp = clock_stamp_new();
	else if (draft->stamp != 0)
		draft->stamp = clock_stamp_seen(draft->stamp);
	return msg_freeze(draft, worker_now_ms(worker_here()));
}

static _Thread_local unsigned depth; /* of publishes from within deliveries */

static VmqReason
send(VmqMsg *msg, const Matches *matches)
{
	if (matches->n == 0)
		return VMQ_REASON_NO_MATCHING_SUBSCRIBERS;
	depth++;
	deliver_send(msg, matches);
	depth--;
	return VMQ_REASON_SUCCESS;
}

/*
 * A sink may publish from within its delivery. The answer that is being worked off there is the
 * cache's until its next question, so what is asked meanwhile goes past it.
 */
static VmqReason
route(VmqMsg *msg, VmqBytes topic, RouteFlags flags)
{
	if (depth == 0)
		return send(msg, route_cache_match(core.router, topic, flags));

	Matches matches = {0};

	router_match(core.router, topic, flags, &matches);
	router_take_turns(core.router, &matches);

	VmqReason reason = send(msg, &matches);

	matches_free(&matches);
	return reason;
}

VmqReason
publish_submit(const VmqDraft *given)
{
	VmqDraft draft = *given;

	/* What came in was checked where it came in; what plugins made of it was not. */
	if (hooks_rewrite(&draft) && !mqtt_topic_is_valid(draft.topic))
		return VMQ_REASON_TOPIC_NAME_INVALID;

	g_autoptr(VmqMsg) msg = freeze(&draft);
	VmqReason  reason = VMQ_REASON_SUCCESS;
	bool       is_own = sys_owns(draft.topic);
	RouteFlags flags = draft.origin != NULL || is_own ? ROUTE_LOCAL_ONLY : 0;

	if (draft.retain) {
		flags |= ROUTE_RETAINED;
		if (!retain(&draft, msg, &reason))
			return reason;
	}
	return route(msg, draft.topic, flags);
}

bool
publish_wants_topics(void)
{
	return route_cache_wants_more();
}

void
publish_expect(const VmqBytes *topics, unsigned n)
{
	const Matches *answers[ROUTE_QUESTIONS_MAX];

	deliver_expect(answers, route_cache_expect(core.router, topics, n, answers));
}
