/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - deliveries that wait: for an absent client, or for room in its window
 *
 * Owner:   one session.        Threads: the session's worker only.
 * Memory:  takes the delivery on push, gives it away on pop.
 * Fails:   never. Whoever pushes looks at queue_count() and queue_bytes() first
 *          and picks the victim.
 */
#pragma once

#include "core/delivery.h"

typedef struct {
	Delivery *ring; /* `room` long, a power of two; NULL while empty */
	uint32_t  head, n, room;
	uint32_t  n_qos0;
	size_t    bytes;
} Queue;

static inline uint32_t
queue_count(const Queue *queue)
{
	return queue->n;
}

static inline size_t
queue_bytes(const Queue *queue)
{
	return queue->bytes;
}

static inline bool
queue_has_qos0(const Queue *queue)
{
	return queue->n_qos0 > 0;
}

void queue_clear(Queue *queue);
void queue_push(Queue *queue, Delivery delivery);
bool queue_pop(Queue *queue, Delivery *delivery); /* the oldest; false when empty */
