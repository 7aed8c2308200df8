/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_heirs.c - what a member of shared groups leaves to the others at its end
 *
 * A QoS 1 message that it has not acknowledged, and whatever it was not sent yet, goes
 * to another member of the same group (MQTT 5.0, 4.8.2). A QoS 2 message that it was
 * sent dies with it: nobody knows whether it was taken [MQTT-4.8.2-5].
 */
#include "core/session_priv.h"

#include "core/deliver.h"
#include "run/worker.h"

static void
give(const Delivery *delivery)
{
	if (delivery->is_shared && !msg_is_expired(delivery->msg, vmq_now_ms()))
		deliver_to_group(delivery->msg, delivery->group);
}

void
session_hand_over(Session *session)
{
	uint32_t i = 0;
	Delivery delivery;

	session_leave_all(session);
	for (InFlight *flight; (flight = window_next_open(&session->window, &i)) != NULL;)
		if (flight->delivery.msg != NULL && flight->delivery.qos == 1)
			give(&flight->delivery);
	while (queue_pop(&session->queue, &delivery)) {
		give(&delivery);
		delivery_clear(&delivery);
	}
}
