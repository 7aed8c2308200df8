/* SPDX-License-Identifier: Apache-2.0 */
/* permits.c - leave to turn, for so many workers at a time */
#include "run/permits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct {
	int   wake[2]; /* a pipe: a byte for each permit that was waited for */
	bool  has_one;
	GList link; /* of the queue */
} Applicant;

struct Permits {
	unsigned         n_workers;
	_Atomic unsigned n; /* written with the lock */

	pthread_mutex_t lock; /* guards what follows */
	unsigned        n_taken;
	GQueue          queue;

	Applicant applicants[];
};

Permits *
permits_new(unsigned n_workers)
{
	Permits *permits = g_malloc0(sizeof(Permits) + n_workers * sizeof(Applicant));

	permits->n_workers = n_workers;
	permits->n = n_workers;
	pthread_mutex_init(&permits->lock, NULL);
	g_queue_init(&permits->queue);
	for (unsigned i = 0; i < n_workers; i++) {
		permits->applicants[i].link.data = &permits->applicants[i];
		if (pipe2(permits->applicants[i].wake, O_CLOEXEC) != 0)
			g_error("pipe2: %s", g_strerror(errno));
	}
	return permits;
}

void
permits_free(Permits *permits)
{
	if (permits == NULL)
		return;
	for (unsigned i = 0; i < permits->n_workers; i++) {
		close(permits->applicants[i].wake[0]);
		close(permits->applicants[i].wake[1]);
	}
	pthread_mutex_destroy(&permits->lock);
	g_free(permits);
}

/* With the lock. The next who has got one and is to be woken, or NULL. */
static Applicant *
hand_out(Permits *permits)
{
	if (permits->n_taken >= permits->n || permits->queue.length == 0)
		return NULL;

	Applicant *next = g_queue_pop_head_link(&permits->queue)->data;

	permits->n_taken++;
	next->has_one = true;
	return next;
}

static void
wake(Applicant *applicant)
{
	if (write(applicant->wake[1], "", 1) != 1)
		g_error("write to a pipe: %s", g_strerror(errno));
}

static bool
wait_for_one(Permits *permits, Applicant *self)
{
	struct pollfd woken = {.fd = self->wake[0], .events = POLLIN};
	bool          is_there = poll(&woken, 1, PERMITS_PATIENCE_MS) == 1;
	char          byte;

	if (!is_there) {
		pthread_mutex_lock(&permits->lock);
		is_there = self->has_one; /* it came just now */
		if (!is_there)
			g_queue_unlink(&permits->queue, &self->link);
		pthread_mutex_unlock(&permits->lock);
	}
	if (is_there && read(self->wake[0], &byte, 1) != 1)
		g_error("read from a pipe: %s", g_strerror(errno));
	return is_there;
}

bool
permits_take(Permits *permits, unsigned worker)
{
	Applicant *self = &permits->applicants[worker];

	if (permits->n == permits->n_workers)
		return true;
	pthread_mutex_lock(&permits->lock);
	bool is_free = permits->n_taken < permits->n;

	self->has_one = is_free;
	if (is_free)
		permits->n_taken++;
	else
		g_queue_push_tail_link(&permits->queue, &self->link);
	pthread_mutex_unlock(&permits->lock);
	return is_free || wait_for_one(permits, self);
}

void
permits_give(Permits *permits, unsigned worker)
{
	Applicant *self = &permits->applicants[worker];

	if (!self->has_one)
		return;
	pthread_mutex_lock(&permits->lock);
	self->has_one = false;
	permits->n_taken--;

	Applicant *next = hand_out(permits);

	pthread_mutex_unlock(&permits->lock);
	if (next != NULL)
		wake(next);
}

unsigned
permits_get(const Permits *permits)
{
	return permits->n;
}

void
permits_set(Permits *permits, unsigned n)
{
	Applicant *next;

	pthread_mutex_lock(&permits->lock);
	permits->n = n;
	while ((next = hand_out(permits)) != NULL)
		wake(next);
	pthread_mutex_unlock(&permits->lock);
}
