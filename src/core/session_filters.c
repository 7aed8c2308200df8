/* SPDX-License-Identifier: Apache-2.0 */
/* session_filters.c - what a session wants: its subscriptions */
#include "core/session_priv.h"

#include "core/core.h"
#include "core/hooks.h"
#include "core/memory.h"
#include "mqtt/topic.h"

#include <string.h>

#include <vibemq/broker.h>

/*
 * The terms of a subscription, in the 32 bits that a hash table keeps beside its
 * filter: an identifier has 28, the flags No Local and Retain As Published two.
 */
typedef struct {
	uint32_t id : 28;
	uint32_t qos : 2;
	uint32_t flags : 2;
} Subscription;

static gpointer
pack(const SubscribeRequest *request)
{
	return GUINT_TO_POINTER(request->id << 4 | (uint32_t) request->qos << 2 | request->flags);
}

static Subscription
unpack(gpointer value)
{
	uint32_t bits = GPOINTER_TO_UINT(value);

	return (Subscription){.id = bits >> 4, .qos = bits >> 2 & 3, .flags = bits & 3};
}

static bool
is_shared(const char *filter)
{
	return g_str_has_prefix(filter, "$share/");
}

/* ---- leaving ---- */

static void
count_filter(const char *filter, int step)
{
	vmq_counter_add(core.counters.subscriptions, step);
	if (is_shared(filter))
		vmq_counter_add(core.counters.shared_subscriptions, step);
}

static void
leave(Session *session, const char *filter)
{
	if (router_remove(core.router, filter, session->addr))
		hooks_filter_changed(filter);
	count_filter(filter, -1);
}

void
session_leave_all(Session *session)
{
	GHashTableIter iter;
	gpointer       filter;

	if (session->filters == NULL)
		return;
	g_hash_table_iter_init(&iter, session->filters);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		leave(session, filter);
	g_clear_pointer(&session->filters, g_hash_table_unref);
	session->n_no_local = 0;
}

void
session_set_away(Session *session, bool away)
{
	GHashTableIter iter;
	gpointer       filter;

	if (session->filters == NULL)
		return;
	g_hash_table_iter_init(&iter, session->filters);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		if (is_shared(filter))
			router_set_away(core.router, filter, session->addr, away);
}

/* ---- retained messages for new ones ---- */

/* What an older subscription of the filter has yet to be sent is not for the newer one, nor for none. */
static void
stop_walk(Session *session, const char *filter)
{
	for (guint i = 0; session->walks != NULL && i < session->walks->len; i++)
		if (walk_is_of(session->walks->pdata[i], filter)) {
			g_ptr_array_remove_index(session->walks, i);
			break;
		}
}

/* A shared subscription is sent no retained messages when it is made (MQTT 5.0, 4.8.2). */
static void
start_walk(Session *session, const SubscribeRequest *request, const VmqGrant *grant, bool is_new)
{
	if (request->retain_handling == 2 || (request->retain_handling == 1 && !is_new) ||
	    is_shared(request->filter))
		return; /* [MQTT-3.3.1-10], [MQTT-3.3.1-11] */

	bool is_first = session->walks == NULL;

	stop_walk(session, request->filter);
	if (is_first)
		session->walks = g_ptr_array_new_with_free_func((GDestroyNotify) walk_free);
	g_ptr_array_add(session->walks, walk_new(request->filter, grant, session->addr));
	/* Else there is time: who asks again and again and reads nothing makes no work. */
	if (is_first)
		session_begin_walk(session);
}

/* ---- coming and going ---- */

static void
count_no_local(Session *session, const char *filter, unsigned step)
{
	gpointer value;

	if (session->filters != NULL &&
	    g_hash_table_lookup_extended(session->filters, filter, NULL, &value) &&
	    unpack(value).flags & VMQ_GRANT_NO_LOCAL)
		session->n_no_local += step;
}

static bool
has(const Session *session, const char *filter)
{
	return session->filters != NULL && g_hash_table_contains(session->filters, filter);
}

/* Is there no place for one more? */
static bool
is_full(const Session *session)
{
	uint32_t most = core_limits()->max_subscriptions;
	uint32_t n = session->filters != NULL ? g_hash_table_size(session->filters) : 0;

	return memory_is_short() || (most != 0 && n >= most);
}

static void
remember(Session *session, const SubscribeRequest *request)
{
	if (session->filters == NULL)
		session->filters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	count_no_local(session, request->filter, -1u);
	g_hash_table_replace(session->filters, g_strdup(request->filter), pack(request));
	count_no_local(session, request->filter, 1);
}

VmqReason
session_subscribe(Session *session, const SubscribeRequest *request)
{
	size_t    group_size;
	bool      is_new = !has(session, request->filter);
	VmqAccess access = {.kind = VMQ_ACCESS_SUBSCRIBE,
	                    .client = session->client,
	                    .topic = vmq_filter_strip_share(request->filter, &group_size),
	                    .qos = request->qos};

	if (hooks_authorize(&access) == VMQ_DENY)
		return VMQ_REASON_NOT_AUTHORIZED;
	if (is_new && is_full(session))
		return VMQ_REASON_QUOTA_EXCEEDED;

	VmqGrant grant = {.qos = request->qos,
	                  .flags = request->flags,
	                  .n_ids = request->id != 0,
	                  .ids = &request->id};

	if (router_add(core.router, request->filter, session->addr, &grant))
		hooks_filter_changed(request->filter);
	remember(session, request);
	if (is_new)
		count_filter(request->filter, 1);
	start_walk(session, request, &grant, is_new);
	return (VmqReason) request->qos;
}

VmqReason
session_unsubscribe(Session *session, const char *filter)
{
	if (!has(session, filter))
		return VMQ_REASON_NO_SUBSCRIPTION_EXISTED;
	leave(session, filter);
	stop_walk(session, filter); /* [MQTT-3.10.4-2] */
	session_begin_walk(session);
	count_no_local(session, filter, -1u);
	g_hash_table_remove(session->filters, filter);
	return VMQ_REASON_SUCCESS;
}

/* ---- one's own messages ---- */

bool
session_grant_own(const Session *session, VmqBytes topic, GArray *ids, VmqGrant *grant)
{
	GHashTableIter iter;
	gpointer       filter, value;
	bool           is_wanted = false;

	*grant = (VmqGrant){0};
	g_hash_table_iter_init(&iter, session->filters);
	while (g_hash_table_iter_next(&iter, &filter, &value)) {
		Subscription subscription = unpack(value);
		uint32_t     id = subscription.id;

		if (subscription.flags & VMQ_GRANT_NO_LOCAL || is_shared(filter) ||
		    !vmq_filter_matches(filter, topic))
			continue;
		is_wanted = true;
		grant->qos = MAX(grant->qos, (uint8_t) subscription.qos);
		grant->flags |= (uint8_t) subscription.flags;
		if (id != 0)
			g_array_append_val(ids, id);
	}
	grant->n_ids = (uint16_t) ids->len;
	grant->ids = (const uint32_t *) (const void *) ids->data;
	return is_wanted;
}
