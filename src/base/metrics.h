/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - the rows behind the counters
 *
 * Each worker adds to a row of its own with plain stores; threads that are no
 * worker share one, with atomic adds.
 */
#pragma once

#include <vibemq/metrics.h>

#include <stdatomic.h>

#define METRICS_MAX_COUNTERS 128
#define METRICS_MAX_WORKERS  64

typedef struct {
	_Alignas(64) _Atomic int64_t cells[METRICS_MAX_COUNTERS];
} MetricsRow;

/* The calling thread's own; NULL when it is no worker. */
extern _Thread_local MetricsRow *metrics_row;

/* Gives the calling thread the row of worker `i`. */
void metrics_use_row(unsigned i);

/* vmq_counter_add() for who is a worker: the row is this thread's alone, so that no bus lock is
 * needed, only a store that cannot tear. */
static inline void
metrics_add(VmqCounter counter, int64_t amount)
{
	_Atomic int64_t *cell = &metrics_row->cells[counter];

	atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + amount,
	                      memory_order_relaxed);
}
