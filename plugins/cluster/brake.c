/* SPDX-License-Identifier: Apache-2.0 */
/* brake.c - holds those who publish faster than a peer takes */
#include "brake.h"

#include <vibemq/loop.h>

struct Brake {
	BrakeSent sent;
	void     *data;
	VmqHeld  *held;
	VmqTimer *timer; /* runs while somebody is held, or the peer is stuck */
	uint64_t  last;  /* what had been sent when the timer ran last */
	unsigned  stuck_timeout_ms;
	bool      is_stuck;
};

static void
on_timer(void *data)
{
	Brake   *brake = data;
	uint64_t sent = brake->sent(brake->data);

	brake->is_stuck = sent == brake->last;
	brake->last = sent;
	if (brake->is_stuck)
		vmq_held_let_go(brake->held);
	if (brake->is_stuck || !vmq_held_is_empty(brake->held))
		vmq_timer_set(brake->timer, brake->stuck_timeout_ms);
}

Brake *
brake_new(unsigned stuck_timeout_ms, BrakeSent sent, void *data)
{
	Brake *brake = g_new0(Brake, 1);

	brake->stuck_timeout_ms = stuck_timeout_ms;
	brake->sent = sent;
	brake->data = data;
	brake->held = vmq_held_new();
	brake->timer = vmq_timer_new(on_timer, brake);
	return brake;
}

void
brake_free(Brake *brake)
{
	if (brake == NULL)
		return;
	vmq_held_let_go(brake->held);
	vmq_held_free(brake->held);
	vmq_timer_free(brake->timer);
	g_free(brake);
}

bool
brake_holds(const Brake *brake, const VmqMsg *msg)
{
	return vmq_held_has(brake->held, vmq_msg_get_publisher(msg));
}

void
brake_look(Brake *brake, const VmqMsg *msg, size_t unsent)
{
	if (unsent < BRAKE_AT_BYTES || brake->is_stuck)
		return;

	bool was_empty = vmq_held_is_empty(brake->held);

	if (vmq_held_add(brake->held, vmq_msg_get_publisher(msg)) && was_empty) {
		brake->last = brake->sent(brake->data);
		vmq_timer_set(brake->timer, brake->stuck_timeout_ms);
	}
}

void
brake_release(Brake *brake)
{
	vmq_timer_stop(brake->timer);
	brake->is_stuck = false;
	vmq_held_let_go(brake->held);
}
