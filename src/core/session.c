/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - remembers one client: its life, and what it says */
#include "core/session_priv.h"

#include "core/clients.h"
#include "core/core.h"
#include "core/hooks.h"
#include "core/memory.h"
#include "core/publish.h"
#include "core/sys.h"
#include "mqtt/packet.h"
#include "run/worker.h"

#include <string.h>

#include <vibemq/broker.h>
#include <vibemq/log.h>

/* ---- life ---- */

void
session_end(Session *session)
{
	clients_forget(session);
	session_hand_over(session);
	session_free(session);
}

static void
on_expiry(Timer *timer)
{
	Session *session = (Session *) ((char *) timer - G_STRUCT_OFFSET(Session, expiry));

	vmq_debug("session", "expired: client=%s", session->client_id);
	vmq_counter_add(core.counters.sessions_expired, 1);
	session_end(session);
}

static void
say_will(Session *session)
{
	Will *will = g_steal_pointer(&session->will);

	if (will != NULL)
		will_publish(will, session->addr);
	will_free(will);
}

static void
on_will_delay(Timer *timer)
{
	say_will((Session *) ((char *) timer - G_STRUCT_OFFSET(Session, will_delay)));
}

Session *
session_new(const char *client_id, const char *mount)
{
	Session *session = g_new0(Session, 1);

	session->client_id = g_strdup(client_id);
	session->mount = mount;
	session->expiry.func = on_expiry;
	session->will_delay.func = on_will_delay;
	vmq_counter_add(core.counters.sessions, 1);
	session->addr = slots_add(worker_slots(worker_here()), session, &session_sink_ops);
	return session;
}

void
session_free(Session *session)
{
	g_assert(session->outlet == NULL);
	vmq_counter_add(core.counters.sessions, -1);
	worker_stop_timer(worker_here(), &session->expiry);
	worker_stop_timer(worker_here(), &session->will_delay);
	session_leave_all(session);
	say_will(session); /* one that was delayed: the session's end comes first [MQTT-3.1.3-9] */
	slots_remove(worker_slots(worker_here()), session->addr);
	window_clear(&session->window);
	queue_clear(&session->queue);
	received_clear(&session->received);
	g_clear_pointer(&session->walks, g_ptr_array_unref);
	g_free(session->client_id);
	g_free(session);
}

const char *
session_client_id(const Session *session)
{
	return session->client_id;
}

const char *
session_mount(const Session *session)
{
	return session->mount;
}

VmqAddr
session_addr(const Session *session)
{
	return session->addr;
}

Session *
session_find(VmqAddr addr)
{
	const Slot *slot = slots_find(worker_slots(worker_here()), addr);

	return slot != NULL && slot->kind == &session_sink_ops ? slot->owner : NULL;
}

bool
session_is_attached(const Session *session)
{
	return session->outlet != NULL;
}

/* ---- connections come and go ---- */

void
session_attach(Session *session, void *conn, const SessionOutlet *outlet, const SessionTerms *terms)
{
	g_assert(session->outlet == NULL);
	worker_stop_timer(worker_here(), &session->expiry);
	worker_stop_timer(worker_here(), &session->will_delay);
	will_free(session->will); /* its client is back in time [MQTT-3.1.3-9] */
	session->will = terms->will;
	session->client = terms->client;
	session->receive_maximum = terms->receive_maximum;
	session->conn = conn;
	session->outlet = outlet;
	session_set_expiry(session, terms->expiry_s);
	window_rewind(&session->window);
	received_rewind(&session->received);
	session_set_away(session, false);
}

void
session_hold(Session *session)
{
	if (session->n_holds++ == 0 && session->outlet != NULL)
		session->outlet->hold(session->conn);
}

void
session_release(Session *session)
{
	g_assert(session->n_holds > 0);
	if (--session->n_holds == 0 && session->outlet != NULL)
		session->outlet->release(session->conn);
}

void
session_evict(Session *session)
{
	vmq_info("session", "taken over: client=%s, its connection from %s is closed",
	         session->client_id, session->client->address);
	vmq_counter_add(core.counters.takeovers, 1);
	session->outlet->evict(session->conn);
}

bool
session_detach(Session *session, WillFate fate)
{
	session->outlet = NULL;
	session->conn = NULL;
	session->client = NULL;

	if (fate == WILL_DROPPED)
		g_clear_pointer(&session->will, will_free);
	if (session->expiry_s == 0) {
		session_end(session);
		return true;
	}

	session_set_away(session, true);
	if (session->expiry_s != UINT32_MAX)
		worker_set_timer(worker_here(), &session->expiry,
		                 vmq_now_ms() + (int64_t) session->expiry_s * 1000);
	if (session->will != NULL && will_delay_s(session->will) == 0)
		say_will(session);
	else if (session->will != NULL)
		worker_set_timer(worker_here(), &session->will_delay,
		                 vmq_now_ms() + (int64_t) will_delay_s(session->will) * 1000);
	return false;
}

void
session_set_expiry(Session *session, uint32_t expiry_s)
{
	session->expiry_s = MIN(expiry_s, core_limits()->session_expiry_max_s);
}

uint32_t
session_get_expiry(const Session *session)
{
	return session->expiry_s;
}

/* ---- messages from the client ---- */

/* Hooks take strings; a topic of usual length needs no memory for that. */
static bool
may_publish(Session *session, const VmqDraft *draft)
{
	char            few[256];
	g_autofree char *many = draft->topic.size >= sizeof(few) ? g_malloc(draft->topic.size + 1) : NULL;
	char            *topic = many != NULL ? many : few;
	VmqAccess        access = {.kind = VMQ_ACCESS_PUBLISH,
	                           .topic = topic,
	                           .qos = draft->qos,
	                           .retain = draft->retain};

	memcpy(topic, draft->topic.data, draft->topic.size);
	topic[draft->topic.size] = '\0';
	access.client = session->client;
	return hooks_authorize(&access) != VMQ_DENY;
}

static VmqReason
submit(Session *session, const VmqDraft *draft)
{
	if (sys_owns(draft->topic) || (hooks_has_authorize() && !may_publish(session, draft))) {
		vmq_counter_add(core.counters.publishes_refused, 1);
		return VMQ_REASON_NOT_AUTHORIZED;
	}
	return publish_submit(draft);
}

VmqReason
session_recv_publish(Session *session, const VmqDraft *draft, uint16_t packet_id)
{
	if (draft->qos < 2)
		return submit(session, draft);

	bool is_known = received_has(&session->received, packet_id);

	if (is_known)
		received_add(&session->received, packet_id);
	if (session->client->protocol == MQTT_V5 &&
	    received_count_present(&session->received) + !is_known > core_limits()->receive_maximum)
		return VMQ_REASON_RECEIVE_MAXIMUM_EXCEEDED; /* [MQTT-3.3.4-7] */
	if (is_known)
		return VMQ_REASON_SUCCESS; /* it was published when it came first [MQTT-4.3.3-10] */

	VmqReason reason = submit(session, draft);

	if (!vmq_reason_is_failure(reason))
		received_add(&session->received, packet_id);
	return reason;
}

VmqReason
session_recv_pubrel(Session *session, uint16_t packet_id)
{
	return received_remove(&session->received, packet_id) ? VMQ_REASON_SUCCESS
	                                                      : VMQ_REASON_PACKET_ID_NOT_FOUND;
}

/* ---- acknowledgements from the client ---- */

static VmqReason
finish(Session *session, InFlight *flight)
{
	if (flight == NULL)
		return VMQ_REASON_PACKET_ID_NOT_FOUND;
	window_finish(&session->window, flight);
	session_pump(session);
	return VMQ_REASON_SUCCESS;
}

VmqReason
session_recv_puback(Session *session, uint16_t packet_id)
{
	InFlight *flight = window_find(&session->window, packet_id);

	if (flight != NULL && flight->delivery.qos != 1)
		return VMQ_REASON_PROTOCOL_ERROR;
	return finish(session, flight);
}

VmqReason
session_recv_pubrec(Session *session, uint16_t packet_id, VmqReason reason)
{
	InFlight *flight = window_find(&session->window, packet_id);

	if (flight == NULL)
		return VMQ_REASON_PACKET_ID_NOT_FOUND;
	if (flight->delivery.qos != 2)
		return VMQ_REASON_PROTOCOL_ERROR;
	if (vmq_reason_is_failure(reason)) {
		finish(session, flight);
		return reason;
	}
	window_received(&session->window, flight);
	return VMQ_REASON_SUCCESS;
}

VmqReason
session_recv_pubcomp(Session *session, uint16_t packet_id)
{
	InFlight *flight = window_find(&session->window, packet_id);

	if (flight != NULL && (flight->delivery.qos != 2 || flight->delivery.msg != NULL))
		return VMQ_REASON_PROTOCOL_ERROR;
	return finish(session, flight);
}
