/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permits.h - leave to turn, for so many workers at a time
 *
 * A worker takes a permit before it turns and gives it back after. Mostly there is one for each, and
 * that costs a look. When there are fewer (governor.h has the reason) who comes waits in a queue, and
 * what others have for him comes together meanwhile.
 *
 * The next in the queue is woken through a pipe: the kernel takes a write to a pipe as a sign that
 * the writer is about to sleep, and lets the reader have its core if no other is idle. Who is woken
 * through a condition variable is sent to another more often, where those are at work who are served.
 *
 * Nobody waits for longer than PERMITS_PATIENCE_MS, then he turns without: one that is held up in a
 * turn, by a plugin that blocks, does not hold up the others for long.
 *
 * Threads: _new and _free while no worker turns; take and give on the worker concerned.
 */
#pragma once

#include <stdbool.h>

#define PERMITS_PATIENCE_MS 20

typedef struct Permits Permits;

Permits *permits_new(unsigned n_workers);
void     permits_free(Permits *permits); /* NULL is fine */

/* Returns false when it was waited for in vain. */
bool permits_take(Permits *permits, unsigned worker);
void permits_give(Permits *permits, unsigned worker); /* whether it was got or not */

/* How many there are: 1 to one for each, which it begins with. Any thread. */
unsigned permits_get(const Permits *permits);
void     permits_set(Permits *permits, unsigned n);
