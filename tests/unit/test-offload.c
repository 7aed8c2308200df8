/* SPDX-License-Identifier: Apache-2.0 */
#include "run/offload.h"
#include "turn.h"
#include "unit.h"

#include <pthread.h>

typedef struct {
	pthread_t worked_on;
	unsigned  done_on;
	bool      worked, done;
} Job;

static _Atomic unsigned n_done;

static void
on_work(void *data)
{
	Job *job = data;

	job->worked_on = pthread_self();
	job->worked = true;
}

static void
on_done(void *data)
{
	Job *job = data;

	g_assert(job->worked && !job->done);
	job->done = true;
	job->done_on = vmq_worker_here();
	n_done++;
}

START_TEST(work_is_done_elsewhere_and_told_here)
{
	Job job = {0};

	workers_start(1);
	vmq_offload(on_work, on_done, &job);
	TURN_UNTIL(n_done == 1);
	ck_assert(!pthread_equal(job.worked_on, pthread_self()));
	ck_assert_uint_eq(job.done_on, 0);
	offload_stop();
	workers_stop();
}
END_TEST

static void
offload_there(void *jobs)
{
	for (Job *job = jobs; job < (Job *) jobs + 500; job++)
		vmq_offload(on_work, on_done, job);
}

START_TEST(many_jobs_of_two_workers_are_each_told_where_they_were_given)
{
	g_autofree Job *jobs = g_new0(Job, 1000);

	workers_start(2);
	vmq_invoke(1, offload_there, jobs, NULL);
	offload_there(jobs + 500);
	TURN_UNTIL(n_done >= 1000 || (turn_once(), false));
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_eq(jobs[i].done_on, i < 500);
	offload_stop();
	workers_stop();
}
END_TEST

START_TEST(stopping_waits_for_what_is_queued)
{
	g_autofree Job *jobs = g_new0(Job, 500);

	workers_start(1);
	offload_there(jobs);
	offload_stop();
	for (unsigned i = 0; i < 500; i++)
		ck_assert(jobs[i].worked);
	turn_once();
	ck_assert_uint_eq(n_done, 500);

	/* And after it there is work again. */
	vmq_offload(on_work, on_done, &(Job){0});
	TURN_UNTIL(n_done == 501);
	offload_stop();
	workers_stop();
}
END_TEST

UNIT_MAIN("offload", work_is_done_elsewhere_and_told_here,
          many_jobs_of_two_workers_are_each_told_where_they_were_given,
          stopping_waits_for_what_is_queued)
