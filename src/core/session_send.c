/* SPDX-License-Identifier: Apache-2.0 */
/* session_send.c - what the client of a session is told, and what must wait */
#include "core/session_priv.h"

#include "core/core.h"
#include "core/memory.h"
#include "core/stock.h"
#include "run/worker.h"

#include <vibemq/log.h>

/* ---- sending ---- */

/* For one that is in flight already. */
static bool
has_room(const Session *session)
{
	uint32_t most = MIN(session->receive_maximum, core_limits()->max_inflight);

	return session->window.n_counts < most && session->outlet->has_room(session->conn);
}

/* For one more. */
static bool
has_room_for_more(const Session *session)
{
	uint64_t most = core_limits()->max_inflight_bytes;

	return (most == 0 || session->window.bytes < most) && has_room(session);
}

static void
send_qos0(Session *session, const Delivery *delivery)
{
	if (!session->outlet->has_room(session->conn)) {
		static VmqLogGate gate;
		unsigned          held;

		vmq_counter_add(core.counters.dropped_unsent, 1);
		if (vmq_log_gate(&gate, 10000, &held))
			vmq_warn("session",
			         "QoS 0 messages dropped: client=%s at %s does not read "
			         "(limits.max_unsent_bytes; %u more since the last such line)",
			         session->client_id, session->client->address, held);
		return;
	}
	session->outlet->publish(session->conn, delivery, 0, false);
}

/* Into the window and out; takes the delivery. */
static void
send_acknowledged(Session *session, Delivery delivery)
{
	InFlight *flight = window_add(&session->window, delivery);

	if (session->outlet->publish(session->conn, &flight->delivery, flight->packet_id, false) ==
	    OUTLET_TOO_LARGE)
		window_finish(&session->window, flight); /* as if delivered [MQTT-3.1.2-25] */
	else
		window_mark_sent(&session->window, flight);
}

/* What was in flight when the last connection ended [MQTT-4.4.0-1]; it does not expire any more. */
static void
send_again(Session *session, InFlight *flight)
{
	OutletResult result = OUTLET_SENT;

	if (flight->delivery.msg == NULL)
		session->outlet->pubrel(session->conn, flight->packet_id);
	else
		result = session->outlet->publish(session->conn, &flight->delivery,
		                                  flight->packet_id, true);
	if (result == OUTLET_TOO_LARGE)
		window_finish(&session->window, flight);
	else
		window_mark_sent(&session->window, flight);
}

/* PUBREL does not wait for anything [MQTT-3.3.4-10], [MQTT-4.9.0-3]. */
static void
send_releases(Session *session)
{
	uint32_t i = 0;

	for (InFlight *flight; (flight = window_next_unreleased(&session->window, &i)) != NULL;)
		send_again(session, flight);
}

/* ---- waiting ---- */

static void
report_drops(Session *session)
{
	static VmqLogGate gate;
	unsigned          held;

	if (session->n_dropped > 0 && vmq_log_gate(&gate, 1000, &held))
		vmq_warn("session",
		         "queue has room again: client=%s at %s, %u messages were dropped (%u more "
		         "since the last such line)",
		         session->client_id, session->client->address, session->n_dropped, held);
	session->n_dropped = 0;
}

/* A bound of queues: what it is called, and what counts the drops that it causes. */
typedef struct {
	const char *limit; /* NULL: there is room */
	VmqCounter  counter;
} Full;

static void
count_drop(Session *session, const char *which, Full full)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(full.counter, 1);
	if (session->n_dropped++ == 0 && vmq_log_gate(&gate, 1000, &held))
		vmq_warn("session",
		         "queue full: client=%s at %s, dropping the %s: %s (%u more since the last "
		         "such line)",
		         session->client_id,
		         session->client != NULL ? session->client->address : "-", which,
		         full.limit, held);
}

static Full
look_if_full(const Session *session, const Limits *limits, const VmqMsg *msg)
{
	const Queue *queue = &session->queue;

	if (limits->max_queued_messages != 0 && queue_count(queue) >= limits->max_queued_messages)
		return (Full){"limits.max_queued_messages", core.counters.dropped_queue_full};
	if (limits->max_queued_bytes != 0 &&
	    queue_bytes(queue) + msg_bytes(msg) > limits->max_queued_bytes)
		return (Full){"limits.max_queued_bytes", core.counters.dropped_queue_full};
	if (stock_is_full(limits, msg_bytes(msg)))
		return (Full){"limits.max_queued_messages_total or max_queued_bytes_total",
		              core.counters.dropped_all_queues_full};
	return (Full){0};
}

static void
drop_newest(Session *session, const Limits *limits, Full full)
{
	count_drop(session, "newest", full);
	if (limits->drop_policy == DROP_DISCONNECT && session->outlet != NULL)
		session->outlet->close(session->conn, VMQ_REASON_QUOTA_EXCEEDED);
}

/* Returns whether there is room now, and makes it if that is the policy. */
static bool
make_room(Session *session, const VmqMsg *msg)
{
	const Limits *limits = core_limits();
	Full          full = {"limits.memory_limit", core.counters.dropped_memory};
	Delivery      victim;

	if (memory_is_short()) {
		drop_newest(session, limits, full);
		return false;
	}
	while ((full = look_if_full(session, limits, msg)).limit != NULL) {
		if (limits->drop_policy != DROP_OLDEST || !queue_pop(&session->queue, &victim)) {
			drop_newest(session, limits, full);
			return false;
		}
		delivery_clear(&victim);
		count_drop(session, "oldest", full);
	}
	return true;
}

static void
enqueue(Session *session, Delivery delivery)
{
	if (make_room(session, delivery.msg))
		queue_push(&session->queue, delivery);
	else
		delivery_clear(&delivery);
}

/*
 * What came after a subscription was made comes after its retained messages. But when
 * so much has come that half the queue's room is taken, it goes first: to lose it would
 * be worse.
 */
static bool
is_crowded(const Session *session)
{
	const Limits *limits = core_limits();

	return (limits->max_queued_messages != 0 &&
	        queue_count(&session->queue) > limits->max_queued_messages / 2) ||
	       (limits->max_queued_bytes != 0 &&
	        queue_bytes(&session->queue) > limits->max_queued_bytes / 2);
}

/*
 * Is there something older that has yet to be sent? Messages of one topic and QoS keep
 * their order [MQTT-4.6.0-5], so the new one goes to the end of the queue.
 */
static bool
is_behind(const Session *session, uint8_t qos)
{
	return session->walks != NULL || !window_is_all_sent(&session->window) ||
	       (qos == 0 ? queue_has_qos0(&session->queue) : queue_count(&session->queue) > 0);
}

/* ---- the sink ---- */

static void
take(Session *session, VmqMsg *msg, const VmqGrant *grant)
{
	uint8_t qos = MIN(msg->qos, grant->qos);
	bool    retain = msg->retain && grant->flags & VMQ_GRANT_RETAIN_AS_PUBLISHED;

	if (qos == 0 && session->outlet != NULL &&
	    (!is_behind(session, qos) || is_crowded(session))) {
		/* Borrowed for the length of the call: no count is touched. */
		Delivery delivery = {.msg = msg, .n_ids = grant->n_ids, .retain = retain};

		if (grant->n_ids == 1)
			delivery.id = grant->ids[0];
		else
			delivery.ids = (uint32_t *) grant->ids;
		send_qos0(session, &delivery);
		return;
	}
	if (qos == 0 && session->outlet == NULL && !core_limits()->queue_qos0)
		return;

	Delivery delivery = delivery_new(msg, grant, qos, retain);

	if (session->outlet != NULL && !is_behind(session, qos) && has_room_for_more(session))
		send_acknowledged(session, delivery);
	else
		enqueue(session, delivery);
}

/* What the router has merged tells no more which of the filters does not want one's own. */
static void
take_own(Session *session, VmqMsg *msg)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	VmqGrant grant;

	if (session_grant_own(session, msg_topic(msg), ids, &grant))
		take(session, msg, &grant);
}

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *grant)
{
	Session *session = data;

	if (session->n_no_local > 0 && grant->group == 0 &&
	    vmq_addr_equal(msg->publisher, session->addr))
		take_own(session, msg);
	else
		take(session, msg, grant);
}

const VmqSinkOps session_sink_ops = {.deliver = on_deliver};

/* What a delivery looks at is a line long, but may begin within one. */
void
session_expect_conn(const Session *session)
{
	__builtin_prefetch(session->conn);
	__builtin_prefetch((const char *) session->conn + 63);
}

void
session_expect_publish(const Session *session)
{
	if (session->outlet != NULL && session->outlet->expect != NULL)
		session->outlet->expect(session->conn);
}

/* ---- pumping ---- */

static void
send_queued(Session *session, Delivery delivery)
{
	if (msg_is_expired(delivery.msg, vmq_now_ms())) {
		vmq_counter_add(core.counters.dropped_expired, 1);
		delivery_clear(&delivery);
	} else if (delivery.qos == 0) {
		send_qos0(session, &delivery);
		delivery_clear(&delivery);
	} else {
		send_acknowledged(session, delivery);
	}
}

void
session_begin_walk(Session *session)
{
	if (session->walks == NULL)
		return;
	while (session->walks->len > 0 && !walk_begin(session->walks->pdata[0]))
		g_ptr_array_remove_index(session->walks, 0);
	if (session->walks->len == 0)
		g_clear_pointer(&session->walks, g_ptr_array_unref);
}

static void
walk_step(Session *session, Walk *walk)
{
	VmqMsg *msg = walk_next(walk);

	if (msg == NULL)
		return;

	VmqGrant grant = walk_grant(walk);
	uint8_t  qos = MIN(msg->qos, grant.qos);
	Delivery delivery = delivery_new(msg, &grant, qos, true); /* [MQTT-3.3.1-8] */

	send_queued(session, delivery);
}

/* One may be put off that has not begun, when the one before it was asked for anew. */
static void
send_walks(Session *session)
{
	while (session->walks != NULL && has_room_for_more(session) && !is_crowded(session)) {
		if (walk_begin(session->walks->pdata[0]))
			walk_step(session, session->walks->pdata[0]);
		session_begin_walk(session);
	}
}

static void
send_queue(Session *session)
{
	Delivery delivery;

	while ((session->walks == NULL || is_crowded(session)) && has_room_for_more(session) &&
	       queue_pop(&session->queue, &delivery))
		send_queued(session, delivery);
	if (queue_count(&session->queue) == 0)
		report_drops(session);
}

void
session_pump(Session *session)
{
	if (session->outlet == NULL)
		return;
	for (InFlight *flight; has_room(session) &&
	                       (flight = window_next_unsent(&session->window)) != NULL;)
		send_again(session, flight);
	if (!window_is_all_sent(&session->window))
		return;
	while (has_room_for_more(session) && (session->walks != NULL || queue_count(&session->queue) > 0)) {
		send_walks(session);
		send_queue(session);
	}
}

void
session_resume(Session *session)
{
	if (session->n_holds > 0)
		session->outlet->hold(session->conn);
	session_pump(session);
	send_releases(session);
}
