/* SPDX-License-Identifier: Apache-2.0 */
/*
 * received.h - packet identifiers of QoS 2 messages that a client has not released
 *
 * They outlive the connection. Receive Maximum is about those that came, or came
 * again, on the connection there is (MQTT 5.0, 4.9).
 *
 * Owner:   one session.        Threads: the session's worker only.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	uint16_t *ids; /* those of earlier connections first, else in no order; NULL while empty */
	uint32_t  n, room;
	uint32_t  n_old; /* of earlier connections */
} Received;

static inline uint32_t
received_count_present(const Received *set)
{
	return set->n - set->n_old;
}

bool received_has(const Received *set, uint16_t packet_id);
void received_add(Received *set, uint16_t packet_id);    /* or it came again */
void received_rewind(Received *set);                     /* a new connection */
bool received_remove(Received *set, uint16_t packet_id); /* false: it was not there */
void received_clear(Received *set);
