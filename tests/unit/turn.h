/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turn.h - a test program as worker 0: it turns its loop until something is so
 *
 * A hang is ended by the time limit of unit.h.
 */
#pragma once

#include "run/worker.h"

static inline void
turn_mark(void *data)
{
	*(bool *) data = true;
}

/* A whole turn, its end included. */
static inline void
turn_once(void)
{
	bool done = false;

	vmq_invoke(0, turn_mark, &done, NULL);
	while (!done)
		g_main_context_iteration(NULL, TRUE);
}

/*
 * Turn after turn: what is waited for may come about on another thread, or at the other end of a
 * socket, of which this loop does not hear.
 */
#define TURN_UNTIL(condition_)                     \
	for (turn_once(); !(condition_); turn_once()) \
	g_thread_yield()

typedef struct {
	VmqInvokeFunc func;
	void         *data;
	bool          done;
} TurnCall;

static inline void
turn_call(void *data)
{
	TurnCall *call = data;

	call->func(call->data);
	vmq_invoke(0, turn_mark, &call->done, NULL);
}

/* Runs func(data) on another worker, and returns when it has. */
static inline void
turn_on(unsigned worker, VmqInvokeFunc func, void *data)
{
	TurnCall call = {func, data, false};

	vmq_invoke(worker, turn_call, &call, NULL);
	TURN_UNTIL(call.done);
}
