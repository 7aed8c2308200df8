/* SPDX-License-Identifier: Apache-2.0 */
#include "run/brlock.h"
#include "unit.h"

#include <pthread.h>

#define N_READERS 3
#define N_ROUNDS  20000

/* What the lock guards: a writer leaves the two equal, and without it nobody would see that. */
static Brlock  *lock;
static unsigned left, right;

static void *
run_reader(void *data)
{
	unsigned worker = GPOINTER_TO_UINT(data), n_torn = 0;

	for (unsigned i = 0; i < N_ROUNDS; i++) {
		brlock_read(lock, worker);
		n_torn += left != right;
		brlock_read_done(lock, worker);
	}
	return GUINT_TO_POINTER(n_torn);
}

static void *
run_writer(void *unused)
{
	(void) unused;
	for (unsigned i = 0; i < N_ROUNDS; i++) {
		brlock_write(lock);
		left++;
		right++;
		brlock_write_done(lock);
	}
	return NULL;
}

START_TEST(readers_see_what_writers_left_whole)
{
	pthread_t readers[N_READERS], writers[2];

	lock = brlock_new(N_READERS);
	for (unsigned i = 0; i < N_READERS; i++)
		pthread_create(&readers[i], NULL, run_reader, GUINT_TO_POINTER(i));
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, run_writer, NULL);
	for (unsigned i = 0; i < N_READERS; i++) {
		void *n_torn;

		pthread_join(readers[i], &n_torn);
		ck_assert_uint_eq(GPOINTER_TO_UINT(n_torn), 0);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	ck_assert_uint_eq(left, 2 * N_ROUNDS);
	ck_assert_uint_eq(right, 2 * N_ROUNDS);
	brlock_free(lock);
	brlock_free(NULL);
}
END_TEST

START_TEST(readers_of_different_workers_do_not_wait_for_each_other)
{
	pthread_t other;
	void     *n_torn;

	lock = brlock_new(2);
	brlock_read(lock, 0);
	pthread_create(&other, NULL, run_reader, GUINT_TO_POINTER(1));
	pthread_join(other, &n_torn); /* while we hold ours */
	ck_assert_ptr_null(n_torn);
	brlock_read_done(lock, 0);
	brlock_free(lock);
}
END_TEST

UNIT_MAIN("brlock", readers_see_what_writers_left_whole,
          readers_of_different_workers_do_not_wait_for_each_other)
