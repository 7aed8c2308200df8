/* SPDX-License-Identifier: Apache-2.0 */
#include "run/permits.h"

#include "unit.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>

#define N_WORKERS 4

static Permits    *permits;
static _Atomic int n_inside, n_most;

static void
setup(unsigned n)
{
	permits = permits_new(N_WORKERS);
	permits_set(permits, n);
	n_inside = n_most = 0;
}

static void
teardown(void)
{
	permits_free(permits);
}

START_TEST(there_is_one_for_each_to_begin_with)
{
	setup(N_WORKERS);
	for (unsigned i = 0; i < N_WORKERS; i++)
		ck_assert(permits_take(permits, i));
	for (unsigned i = 0; i < N_WORKERS; i++)
		permits_give(permits, i);
	teardown();
}
END_TEST

START_TEST(who_waits_in_vain_is_told_and_need_not_give)
{
	setup(2);
	ck_assert(permits_take(permits, 0));
	ck_assert(permits_take(permits, 1));
	ck_assert(!permits_take(permits, 2));
	permits_give(permits, 2);
	ck_assert(!permits_take(permits, 3));
	permits_give(permits, 3);
	permits_give(permits, 0);
	ck_assert(permits_take(permits, 2));
	ck_assert(!permits_take(permits, 3));
	teardown();
}
END_TEST

START_TEST(who_has_taken_his_while_there_was_one_for_each_gives_none_back)
{
	setup(N_WORKERS);
	ck_assert(permits_take(permits, 0));
	permits_set(permits, 1);
	ck_assert(permits_take(permits, 1));
	permits_give(permits, 0);
	ck_assert(!permits_take(permits, 2));
	permits_give(permits, 1);
	ck_assert(permits_take(permits, 2));
	teardown();
}
END_TEST

/* ---- threads ---- */

static void *
work(void *data)
{
	unsigned worker = GPOINTER_TO_UINT(data);

	for (int i = 0; i < 2000; i++) {
		if (permits_take(permits, worker)) {
			int n = ++n_inside, most = n_most;

			while (n > most && !atomic_compare_exchange_weak(&n_most, &most, n))
				;
			n_inside--;
		}
		permits_give(permits, worker);
	}
	return NULL;
}

START_TEST(no_more_have_one_at_a_time)
{
	for (unsigned n = 1; n < N_WORKERS; n++) {
		pthread_t threads[N_WORKERS];

		setup(n);
		for (unsigned i = 0; i < N_WORKERS; i++)
			pthread_create(&threads[i], NULL, work, GUINT_TO_POINTER(i));
		for (unsigned i = 0; i < N_WORKERS; i++)
			pthread_join(threads[i], NULL);
		ck_assert_int_ge(n_most, 1);
		ck_assert_int_le(n_most, (int) n);
		teardown();
	}
}
END_TEST

static void *
wait_until_there_is_one(void *data)
{
	unsigned worker = GPOINTER_TO_UINT(data);

	while (!permits_take(permits, worker))
		permits_give(permits, worker);
	n_inside++;
	return NULL;
}

START_TEST(who_waits_gets_what_another_gives_back)
{
	pthread_t thread;

	setup(1);
	ck_assert(permits_take(permits, 0));
	pthread_create(&thread, NULL, wait_until_there_is_one, GUINT_TO_POINTER(1));
	ck_assert(!permits_take(permits, 2)); /* as long as a wait takes */
	ck_assert_int_eq(n_inside, 0);
	permits_give(permits, 0);
	pthread_join(thread, NULL);
	ck_assert(!permits_take(permits, 0));
	teardown();
}
END_TEST

START_TEST(who_waits_gets_what_is_new)
{
	pthread_t threads[2];

	setup(1);
	ck_assert(permits_take(permits, 0));
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, wait_until_there_is_one, GUINT_TO_POINTER(i + 1));
	ck_assert(!permits_take(permits, 3));
	ck_assert_int_eq(n_inside, 0);
	permits_set(permits, 3);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert(!permits_take(permits, 3));
	teardown();
}
END_TEST

UNIT_MAIN("permits", there_is_one_for_each_to_begin_with, who_waits_in_vain_is_told_and_need_not_give,
          who_has_taken_his_while_there_was_one_for_each_gives_none_back, no_more_have_one_at_a_time,
          who_waits_gets_what_another_gives_back, who_waits_gets_what_is_new)
