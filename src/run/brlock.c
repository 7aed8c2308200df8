/* SPDX-License-Identifier: Apache-2.0 */
/* brlock.c - one lock per worker: a reader takes its own, a writer takes all */
#include "run/brlock.h"

#include <pthread.h>

typedef struct {
	_Alignas(64) pthread_mutex_t lock;
} Padded;

struct Brlock {
	unsigned n;
	Padded  *locks;
};

Brlock *
brlock_new(unsigned n_workers)
{
	Brlock *lock = g_new0(Brlock, 1);

	lock->n = n_workers;
	lock->locks = g_aligned_alloc0(n_workers, sizeof(Padded), 64);
	for (unsigned i = 0; i < n_workers; i++)
		pthread_mutex_init(&lock->locks[i].lock, NULL);
	return lock;
}

void
brlock_free(Brlock *lock)
{
	if (lock == NULL)
		return;
	for (unsigned i = 0; i < lock->n; i++)
		pthread_mutex_destroy(&lock->locks[i].lock);
	g_aligned_free(lock->locks);
	g_free(lock);
}

void
brlock_read(Brlock *lock, unsigned worker)
{
	pthread_mutex_lock(&lock->locks[worker].lock);
}

void
brlock_read_done(Brlock *lock, unsigned worker)
{
	pthread_mutex_unlock(&lock->locks[worker].lock);
}

void
brlock_write(Brlock *lock)
{
	for (unsigned i = 0; i < lock->n; i++)
		pthread_mutex_lock(&lock->locks[i].lock);
}

void
brlock_write_done(Brlock *lock)
{
	for (unsigned i = lock->n; i-- > 0;)
		pthread_mutex_unlock(&lock->locks[i].lock);
}
