/* SPDX-License-Identifier: Apache-2.0 */
/* core.c - what all of the core stands on */
#include "core/core.h"

#include "core/handover.h"
#include "run/worker.h"

#include <stdatomic.h>

Core core;

static _Atomic(Limits *) limits_now;

void
core_start(unsigned n_workers, const Limits *limits, unsigned max_retained)
{
	counters_register(&core.counters);
	core.router = router_new(n_workers);
	core.retained = retained_new(n_workers, max_retained);
	atomic_store(&limits_now, g_memdup2(limits, sizeof(*limits)));
}

void
core_stop(void)
{
	g_clear_pointer(&core.router, router_free);
	g_clear_pointer(&core.retained, retained_free);
	g_free(atomic_exchange(&limits_now, NULL));
	handover_reset();
	core.node_id = NULL;
}

const Limits *
core_limits(void)
{
	return atomic_load_explicit(&limits_now, memory_order_acquire);
}

void
core_set_limits(const Limits *limits)
{
	vmq_retire(atomic_exchange(&limits_now, g_memdup2(limits, sizeof(*limits))), g_free);
}
