/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - numbers that move
 *
 * A counter is registered once, by name, and added to from any thread without a
 * lock: each worker owns a row, a reader sums the rows. Names follow the
 * Prometheus convention: vibemq_<area>_<what>_<unit|total>.
 *
 * Memory:  counters live until the process ends.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef unsigned VmqCounter;

/* Registering a name twice gives the same counter. Control thread, during init. */
VMQ_EXPORT VmqCounter vmq_counter_register(const char *name, const char *help);
VMQ_EXPORT void       vmq_counter_add(VmqCounter counter, int64_t amount);
VMQ_EXPORT int64_t    vmq_counter_read(VmqCounter counter);

/* Calls `each` for every counter, by name. */
typedef void (*VmqCounterEach)(const char *name, const char *help, int64_t value, void *data);
VMQ_EXPORT void vmq_counter_foreach(VmqCounterEach each, void *data);

G_END_DECLS
