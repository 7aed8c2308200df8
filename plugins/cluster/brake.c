/* SPDX-License-Identifier: Apache-2.0 */
/* brake.c - holds those who publish faster than a peer takes */
#include "brake.h"

#include <vibemq/loop.h>

struct Brake {
	BrakeSent   sent;
	void       *data;
	GHashTable *held;  /* a set of VmqAddr */
	VmqTimer   *timer; /* runs while somebody is held, or the peer is stuck */
	uint64_t    last;  /* what had been sent when the timer ran last */
	unsigned    stuck_timeout_ms;
	bool        is_stuck;
};

static guint
hash_addr(gconstpointer key)
{
	const VmqAddr *addr = key;

	return (guint) (addr->slot << 6 ^ addr->worker ^ addr->generation << 16);
}

static gboolean
is_same(gconstpointer a, gconstpointer b)
{
	return vmq_addr_equal(*(const VmqAddr *) a, *(const VmqAddr *) b);
}

static void
let_go(Brake *brake)
{
	GHashTableIter iter;
	gpointer       publisher;

	g_hash_table_iter_init(&iter, brake->held);
	while (g_hash_table_iter_next(&iter, &publisher, NULL)) {
		vmq_publisher_release(*(VmqAddr *) publisher);
		g_hash_table_iter_remove(&iter);
	}
}

static void
on_timer(void *data)
{
	Brake   *brake = data;
	uint64_t sent = brake->sent(brake->data);

	brake->is_stuck = sent == brake->last;
	brake->last = sent;
	if (brake->is_stuck)
		let_go(brake);
	if (brake->is_stuck || g_hash_table_size(brake->held) > 0)
		vmq_timer_set(brake->timer, brake->stuck_timeout_ms);
}

Brake *
brake_new(unsigned stuck_timeout_ms, BrakeSent sent, void *data)
{
	Brake *brake = g_new0(Brake, 1);

	brake->stuck_timeout_ms = stuck_timeout_ms;
	brake->sent = sent;
	brake->data = data;
	brake->held = g_hash_table_new_full(hash_addr, is_same, g_free, NULL);
	brake->timer = vmq_timer_new(on_timer, brake);
	return brake;
}

void
brake_free(Brake *brake)
{
	if (brake == NULL)
		return;
	let_go(brake);
	g_hash_table_unref(brake->held);
	vmq_timer_free(brake->timer);
	g_free(brake);
}

bool
brake_holds(const Brake *brake, const VmqMsg *msg)
{
	VmqAddr publisher = vmq_msg_get_publisher(msg);

	return g_hash_table_contains(brake->held, &publisher);
}

void
brake_look(Brake *brake, const VmqMsg *msg, size_t unsent)
{
	VmqAddr publisher = vmq_msg_get_publisher(msg);

	if (unsent < BRAKE_AT_BYTES || brake->is_stuck || vmq_addr_is_none(publisher) ||
	    brake_holds(brake, msg))
		return;
	if (g_hash_table_size(brake->held) == 0) {
		brake->last = brake->sent(brake->data);
		vmq_timer_set(brake->timer, brake->stuck_timeout_ms);
	}
	g_hash_table_add(brake->held, g_memdup2(&publisher, sizeof(publisher)));
	vmq_publisher_hold(publisher);
}

void
brake_release(Brake *brake)
{
	vmq_timer_stop(brake->timer);
	brake->is_stuck = false;
	let_go(brake);
}
