/* SPDX-License-Identifier: Apache-2.0 */
/* house.h - the core on its feet, for tests that need more than one noun of it */
#pragma once

#include "core/clients.h"
#include "core/core.h"
#include "core/hooks.h"
#include "core/publish.h"
#include "core/route_cache.h"
#include "messages.h"
#include "turn.h"

static inline Limits
house_limits(void)
{
	return (Limits){.max_inflight = 32,
	                .receive_maximum = 32,
	                .max_queued_messages = 100,
	                .max_handover_bytes = 1 << 20,
	                .session_expiry_max_s = UINT32_MAX,
	                .retained_available = true};
}

static inline void
house_build(unsigned n_workers)
{
	Limits limits = house_limits();

	core_start(n_workers, &limits, 0);
	workers_start(n_workers);
}

static inline void
house_set_limits(const Limits *limits)
{
	core_set_limits(limits);
	turn_once();
}

static inline void
house_forget(void *unused)
{
	(void) unused;
	clients_clear();
	route_cache_forget();
}

static inline void
house_nothing(void *unused)
{
	(void) unused;
}

/* All letters that were written are opened, for mailboxes keep the order; and what came of it here. */
static inline void
house_settle(void)
{
	turn_once();
	for (unsigned i = 0; i < vmq_workers(); i++)
		turn_on(i, house_nothing, NULL);
	turn_once();
}

static inline void
house_tear_down(void)
{
	for (unsigned i = 1; i < vmq_workers(); i++)
		turn_on(i, house_forget, NULL);
	house_forget(NULL);
	turn_once();
	workers_stop();
	core_stop();
}

/* Somebody without a session publishes. */
static inline VmqReason
house_publish(const char *topic, const char *payload, uint8_t qos)
{
	VmqDraft draft = draft_of(topic, payload, qos);

	return publish_submit(&draft);
}

static inline VmqReason
house_retain(const char *topic, const char *payload, uint8_t qos)
{
	VmqDraft draft = draft_of(topic, payload, qos);

	draft.retain = true;
	return publish_submit(&draft);
}
