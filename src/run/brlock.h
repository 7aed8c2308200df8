/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brlock.h - one lock per worker: a reader takes its own, a writer takes all
 *
 * ("big-reader lock"; Linux had one of the name). Reading costs an uncontended
 * lock on a cache line that nobody else touches, writing costs one per worker:
 * for what is read at every PUBLISH and written at SUBSCRIBE.
 *
 * Threads: readers are workers. Never call a hook, a sink or a mailbox while
 *          holding it. Not recursive.
 */
#pragma once

#include <vibemq/types.h>

typedef struct Brlock Brlock;

Brlock *brlock_new(unsigned n_workers);
void    brlock_free(Brlock *lock); /* NULL is fine */
void    brlock_read(Brlock *lock, unsigned worker);
void    brlock_read_done(Brlock *lock, unsigned worker);
void    brlock_write(Brlock *lock);
void    brlock_write_done(Brlock *lock);
