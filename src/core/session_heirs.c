/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_heirs.c - what a member of shared groups leaves to the others at its end
 *
 * A QoS 1 message that it has not acknowledged, and whatever it was not sent yet, goes
 * to another member of the same group (MQTT 5.0, 4.8.2). A QoS 2 message that it was
 * sent dies with it: nobody knows whether it was taken [MQTT-4.8.2-5]. So does all of it
 * with the last member of a group. What is lost so is counted.
 *
 * Until then all of it stays the member's, be it away [MQTT-4.8.2-4] or no member any more
 * [MQTT-3.10.4-3].
 */
#include "core/session_priv.h"

#include "core/core.h"
#include "core/deliver.h"
#include "run/worker.h"

#include <vibemq/log.h>

/* 1 if nobody is there to get it, else 0. */
static unsigned
give(const Delivery *delivery)
{
	if (!delivery->is_shared || msg_is_expired(delivery->msg, vmq_now_ms()))
		return 0;
	return !deliver_to_group(delivery->msg, delivery->group);
}

/* [MQTT-4.8.2-5]; after PUBREC it is the client's, and nothing is lost. */
static unsigned
bury(const Delivery *delivery)
{
	vmq_counter_add(core.counters.dropped_with_member, delivery->is_shared);
	return delivery->is_shared;
}

static unsigned
hand_over_in_flight(Session *session)
{
	uint32_t i = 0;
	unsigned n_lost = 0;

	for (InFlight *flight; (flight = window_next_open(&session->window, &i)) != NULL;)
		if (flight->delivery.msg != NULL)
			n_lost += flight->delivery.qos == 1 ? give(&flight->delivery)
			                                    : bury(&flight->delivery);
	return n_lost;
}

void
session_hand_over(Session *session)
{
	Delivery delivery;

	session_leave_all(session);

	unsigned n_lost = hand_over_in_flight(session);

	while (queue_pop(&session->queue, &delivery)) {
		n_lost += give(&delivery);
		delivery_clear(&delivery);
	}
	if (n_lost > 0)
		vmq_debug("session",
		          "ended: client=%s, and with it %u messages of its shared groups",
		          session->client_id, n_lost);
}
