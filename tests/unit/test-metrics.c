/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metrics.h"
#include "unit.h"

#include <pthread.h>

START_TEST(a_name_has_one_counter)
{
	VmqCounter a = vmq_counter_register("a_total", "A"), b = vmq_counter_register("b_total", "B");

	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(vmq_counter_register("a_total", "again"), a);
	vmq_counter_add(a, 5);
	vmq_counter_add(a, -2);
	ck_assert_int_eq(vmq_counter_read(a), 3);
	ck_assert_int_eq(vmq_counter_read(b), 0);
}
END_TEST

static void
on_each(const char *name, const char *help, int64_t value, void *data)
{
	g_string_append_printf(data, "%s (%s) %d;", name, help, (int) value);
}

START_TEST(all_counters_can_be_listed)
{
	g_autoptr(GString) all = g_string_new(NULL);

	vmq_counter_register("a_total", "A");
	vmq_counter_add(vmq_counter_register("b_total", "B"), 7);
	vmq_counter_foreach(on_each, all);
	ck_assert_str_eq(all->str, "a_total (A) 0;b_total (B) 7;");
}
END_TEST

#define N_ADDS 50000

static VmqCounter counter;

/* With a row of its own, as a worker has; or with the one that is shared. */
static void *
run_adder(void *data)
{
	unsigned i = GPOINTER_TO_UINT(data);

	if (i % 2 == 0)
		metrics_use_row(i);
	for (unsigned n = 0; n < N_ADDS; n++)
		vmq_counter_add(counter, 1);
	return NULL;
}

START_TEST(no_thread_loses_an_addition)
{
	pthread_t threads[4];

	counter = vmq_counter_register("c_total", "C");
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_create(&threads[i], NULL, run_adder, GUINT_TO_POINTER(i));
	for (int64_t last = 0; last < N_ADDS;) {
		int64_t now = vmq_counter_read(counter);

		ck_assert_int_ge(now, last); /* a reader never sees it go back */
		last = now;
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(vmq_counter_read(counter), 4 * N_ADDS);
}
END_TEST

UNIT_MAIN("metrics", a_name_has_one_counter, all_counters_can_be_listed, no_thread_loses_an_addition)
