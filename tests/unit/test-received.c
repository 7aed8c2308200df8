/* SPDX-License-Identifier: Apache-2.0 */
#include "core/received.h"
#include "unit.h"

START_TEST(an_identifier_is_there_until_it_is_released)
{
	Received set = {0};

	ck_assert(!received_has(&set, 1));
	ck_assert(!received_remove(&set, 1));
	received_add(&set, 1);
	received_add(&set, 65535);
	ck_assert(received_has(&set, 1));
	ck_assert(received_has(&set, 65535));
	ck_assert(!received_has(&set, 2));
	ck_assert(received_remove(&set, 1));
	ck_assert(!received_has(&set, 1));
	ck_assert(!received_remove(&set, 1));
	ck_assert(received_remove(&set, 65535));
	ck_assert_ptr_null(set.ids);
}
END_TEST

START_TEST(it_is_the_set_that_a_table_would_be)
{
	g_autoptr(GRand) dice = g_rand_new_with_seed(4);
	static bool table[200];
	Received    set = {0};
	unsigned    n = 0;

	for (unsigned i = 0; i < 50000; i++) {
		uint16_t id = (uint16_t) g_rand_int_range(dice, 0, G_N_ELEMENTS(table));

		ck_assert(received_has(&set, id) == table[id]);
		if (!table[id])
			received_add(&set, id);
		else
			ck_assert(received_remove(&set, id));
		table[id] = !table[id];
		n += table[id] ? 1u : -1u;
		ck_assert_uint_eq(set.n, n);
	}
	received_clear(&set);
	ck_assert_uint_eq(set.n, 0);
}
END_TEST

START_TEST(those_of_earlier_connections_do_not_count_until_they_come_again)
{
	Received set = {0};

	for (uint16_t id = 1; id <= 10; id++)
		received_add(&set, id);
	ck_assert_uint_eq(received_count_present(&set), 10);
	received_rewind(&set);
	ck_assert_uint_eq(received_count_present(&set), 0);
	received_add(&set, 11);
	received_add(&set, 3);
	received_add(&set, 3);
	ck_assert_uint_eq(received_count_present(&set), 2);
	ck_assert(received_remove(&set, 5));
	ck_assert_uint_eq(received_count_present(&set), 2);
	ck_assert(received_remove(&set, 3));
	ck_assert_uint_eq(received_count_present(&set), 1);
	for (uint16_t id = 1; id <= 11; id++)
		ck_assert(received_has(&set, id) == (id != 3 && id != 5));
	received_clear(&set);
}
END_TEST

UNIT_MAIN("received", an_identifier_is_there_until_it_is_released,
          it_is_the_set_that_a_table_would_be,
          those_of_earlier_connections_do_not_count_until_they_come_again)
