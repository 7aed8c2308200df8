/* SPDX-License-Identifier: Apache-2.0 */
/* offload.c - a few threads for what may block */
#include "run/offload.h"

#include <pthread.h>

typedef struct Job Job;
struct Job {
	Job          *next;
	VmqInvokeFunc work, done;
	void         *data;
	unsigned      worker;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all below */
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static Job            *first, *last;
static pthread_t       threads[OFFLOAD_MAX_THREADS];
static unsigned        n_threads, n_idle;
static bool            stopping;

/* With the lock held. */
static Job *
take(void)
{
	Job *job = first;

	if (job != NULL)
		first = job->next;
	if (first == NULL)
		last = NULL;
	return job;
}

static void *
run_thread(void *unused)
{
	(void) unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		Job *job = take();

		if (job == NULL && stopping)
			break;
		if (job == NULL) {
			n_idle++;
			pthread_cond_wait(&changed, &lock);
			n_idle--;
			continue;
		}
		pthread_mutex_unlock(&lock);
		job->work(job->data);
		vmq_invoke(job->worker, job->done, job->data, job->done);
		g_free(job);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

void
vmq_offload(VmqInvokeFunc work, VmqInvokeFunc done, void *data)
{
	Job *job = g_new0(Job, 1);

	job->work = work;
	job->done = done;
	job->data = data;
	job->worker = vmq_worker_here();

	pthread_mutex_lock(&lock);
	if (last != NULL)
		last->next = job;
	else
		first = job;
	last = job;
	if (n_idle == 0 && n_threads < OFFLOAD_MAX_THREADS &&
	    pthread_create(&threads[n_threads], NULL, run_thread, NULL) == 0)
		n_threads++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

void
offload_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (unsigned i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	n_threads = 0;
	stopping = false;
}
