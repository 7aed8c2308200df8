/* SPDX-License-Identifier: Apache-2.0 */
/* handover.c - how much one worker may be ahead of another */
#include "core/handover.h"

#include "core/core.h"
#include "run/worker.h"

#include <stdatomic.h>

#include <vibemq/log.h>
#include <vibemq/sink.h>

/* From one worker to another. */
typedef struct {
	_Atomic uint64_t posted, opened; /* bytes, ever */
	_Atomic bool     is_awaited;     /* the one that posts holds publishers: */
	VmqHeld         *held;           /* clients of its own; NULL: none yet */
} Way;

static Way ways[WORKER_MAX][WORKER_MAX]; /* from, to */

static uint64_t
ahead(const Way *way)
{
	return atomic_load_explicit(&way->posted, memory_order_relaxed) -
	       atomic_load_explicit(&way->opened, memory_order_relaxed);
}

uint64_t
handover_ahead(unsigned to)
{
	return ahead(&ways[vmq_worker_here()][to]);
}

void
handover_post(unsigned to, uint64_t bytes)
{
	atomic_fetch_add_explicit(&ways[vmq_worker_here()][to].posted, bytes, memory_order_relaxed);
}

/* ---- holding ---- */

static void
report(unsigned to)
{
	static VmqLogGate gate;
	unsigned          more;

	vmq_counter_add(core.counters.held_back, 1);
	if (vmq_log_gate(&gate, 10000, &more))
		vmq_info(
			"deliver",
			"publishers are held back: worker %u is behind (limits.max_handover_bytes; "
			"%u more since the last such line)",
			to, more);
}

/*
 * Whoever is held has a message in what is yet to be posted, so that there will be a
 * handover_open() to end it.
 */
void
handover_hold(unsigned to, VmqAddr publisher)
{
	unsigned here = vmq_worker_here();
	Way     *way = &ways[here][to];

	if (publisher.worker != here)
		return;
	if (way->held == NULL)
		way->held = vmq_held_new();
	if (!vmq_held_add(way->held, publisher))
		return;
	atomic_store(&way->is_awaited, true);
	report(to);
}

static void
on_opened(void *data)
{
	Way *way = data;

	vmq_held_let_go(way->held);
}

void
handover_open(unsigned from, uint64_t bytes)
{
	Way *way = &ways[from][vmq_worker_here()];

	atomic_fetch_add_explicit(&way->opened, bytes, memory_order_relaxed);
	if (ahead(way) <= core_limits()->max_handover_bytes / 2 && atomic_load(&way->is_awaited) &&
	    atomic_exchange(&way->is_awaited, false))
		vmq_invoke(from, on_opened, way, NULL);
}

void
handover_reset(void)
{
	for (unsigned from = 0; from < WORKER_MAX; from++)
		for (unsigned to = 0; to < WORKER_MAX; to++) {
			vmq_held_free(ways[from][to].held);
			ways[from][to] = (Way){0};
		}
}
