/* SPDX-License-Identifier: Apache-2.0 */
/* stock.c - what all queues of the broker hold together */
#include "core/stock.h"

#include "run/worker.h"

#include <stdatomic.h>

/* What this worker has not yet added. */
typedef struct {
	TurnTask post;
	int64_t  messages, bytes;
} Share;

static _Thread_local Share own;
static _Atomic int64_t     all_messages, all_bytes;

static void
on_post(TurnTask *task)
{
	(void) task;
	atomic_fetch_add_explicit(&all_messages, own.messages, memory_order_relaxed);
	atomic_fetch_add_explicit(&all_bytes, own.bytes, memory_order_relaxed);
	own.messages = own.bytes = 0;
}

void
stock_add(int64_t messages, int64_t bytes)
{
	own.messages += messages;
	own.bytes += bytes;
	own.post.run = on_post;
	worker_at_turn_end(worker_here(), TURN_POST, &own.post);
}

static bool
is_above(int64_t n, uint64_t most)
{
	return most != 0 && n > (int64_t) most;
}

bool
stock_is_full(const Limits *limits, size_t bytes)
{
	int64_t n = atomic_load_explicit(&all_messages, memory_order_relaxed) + own.messages;
	int64_t n_bytes = atomic_load_explicit(&all_bytes, memory_order_relaxed) + own.bytes;

	return is_above(n + 1, limits->max_queued_messages_total) ||
	       is_above(n_bytes + (int64_t) bytes, limits->max_queued_bytes_total);
}
