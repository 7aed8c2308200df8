/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - one message on its way to one session: what waits, and what is in flight
 *
 * Owner:   the queue or window that holds it.   Memory: holds a reference to `msg`.
 */
#pragma once

#include "core/message.h"

#include <vibemq/sink.h>

typedef struct {
	VmqMsg  *msg;
	uint32_t id;      /* n_ids 1: the Subscription Identifier */
	uint16_t n_ids;
	uint8_t  qos;     /* to deliver with */
	bool     retain : 1;    /* the flag to send */
	bool     is_shared : 1; /* chosen for a group: n_ids is 0 or 1 */
	union {
		uint32_t *ids;   /* n_ids > 1: owned */
		uint32_t  group; /* is_shared: its number */
	};
} Delivery;

static inline Delivery
delivery_new(VmqMsg *msg, const VmqGrant *grant, uint8_t qos, bool retain)
{
	Delivery delivery = {
		.msg = vmq_msg_ref(msg), .n_ids = grant->n_ids, .qos = qos, .retain = retain};

	if (grant->n_ids == 1)
		delivery.id = grant->ids[0];
	if (grant->group != 0) {
		delivery.is_shared = true;
		delivery.group = grant->group;
	} else if (grant->n_ids > 1)
		delivery.ids = g_memdup2(grant->ids, grant->n_ids * sizeof(uint32_t));
	return delivery;
}

static inline const uint32_t *
delivery_ids(const Delivery *delivery)
{
	return delivery->n_ids > 1 ? delivery->ids : &delivery->id;
}

static inline void
delivery_clear(Delivery *delivery)
{
	vmq_msg_unref(delivery->msg);
	if (delivery->n_ids > 1)
		g_free(delivery->ids);
	*delivery = (Delivery){0};
}
