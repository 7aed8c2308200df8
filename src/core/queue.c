/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c - deliveries that wait */
#include "core/queue.h"

#include "core/stock.h"

#define ROOM_LEAST 8

void
queue_clear(Queue *queue)
{
	Delivery delivery;

	while (queue_pop(queue, &delivery))
		delivery_clear(&delivery);
}

static void
grow(Queue *queue)
{
	uint32_t  room = MAX(ROOM_LEAST, queue->room * 2);
	Delivery *ring = g_new(Delivery, room);

	for (uint32_t i = 0; i < queue->n; i++)
		ring[i] = queue->ring[(queue->head + i) & (queue->room - 1)];
	g_free(queue->ring);
	queue->ring = ring;
	queue->room = room;
	queue->head = 0;
}

void
queue_push(Queue *queue, Delivery delivery)
{
	if (queue->n == queue->room)
		grow(queue);
	queue->ring[(queue->head + queue->n++) & (queue->room - 1)] = delivery;
	queue->bytes += msg_bytes(delivery.msg);
	stock_add(1, (int64_t) msg_bytes(delivery.msg));
	queue->n_qos0 += delivery.qos == 0;
}

bool
queue_pop(Queue *queue, Delivery *delivery)
{
	if (queue->n == 0)
		return false;
	*delivery = queue->ring[queue->head];
	queue->head = (queue->head + 1) & (queue->room - 1);
	queue->bytes -= msg_bytes(delivery->msg);
	stock_add(-1, -(int64_t) msg_bytes(delivery->msg));
	queue->n_qos0 -= delivery->qos == 0;
	if (--queue->n == 0) {
		g_clear_pointer(&queue->ring, g_free);
		queue->room = queue->head = 0;
	}
	return true;
}
