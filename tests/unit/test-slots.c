/* SPDX-License-Identifier: Apache-2.0 */
#include "run/slots.h"
#include "unit.h"

static int      owners[100];
static const int kind;

START_TEST(an_address_finds_its_owner_until_it_leaves)
{
	Slots table;

	slots_init(&table, 3);
	VmqAddr addr = slots_add(&table, &owners[0], &kind);

	ck_assert_uint_eq(addr.worker, 3);
	ck_assert(!vmq_addr_is_none(addr));
	ck_assert_ptr_eq(slots_find(&table, addr)->owner, &owners[0]);
	ck_assert_ptr_eq(slots_find(&table, addr)->kind, &kind);
	slots_remove(&table, addr);
	ck_assert_ptr_null(slots_find(&table, addr));
	slots_remove(&table, addr); /* nothing */
	slots_clear(&table);
	ck_assert_ptr_null(slots_find(&table, addr));
}
END_TEST

START_TEST(a_stale_address_does_not_find_who_came_after)
{
	Slots table;

	slots_init(&table, 0);
	VmqAddr older = slots_add(&table, &owners[0], &kind);

	slots_remove(&table, older);
	VmqAddr newer = slots_add(&table, &owners[1], &kind);

	ck_assert_uint_eq(newer.slot, older.slot);
	ck_assert_uint_ne(newer.generation, older.generation);
	ck_assert_ptr_null(slots_find(&table, older));
	slots_remove(&table, older);
	ck_assert_ptr_eq(slots_find(&table, newer)->owner, &owners[1]);
	slots_clear(&table);
}
END_TEST

START_TEST(nobody_is_found_elsewhere_or_nowhere)
{
	Slots table;

	slots_init(&table, 0);
	VmqAddr addr = slots_add(&table, &owners[0], &kind), other = addr;

	other.worker = 1;
	ck_assert_ptr_null(slots_find(&table, other));
	other = addr;
	other.slot = 1;
	ck_assert_ptr_null(slots_find(&table, other));
	other.slot = UINT32_MAX;
	ck_assert_ptr_null(slots_find(&table, other));
	ck_assert_ptr_null(slots_find(&table, VMQ_ADDR_NONE));
	slots_clear(&table);
}
END_TEST

START_TEST(a_generation_comes_round_and_is_never_zero)
{
	Slots table;

	slots_init(&table, 0);
	slots_remove(&table, slots_add(&table, &owners[0], &kind));
	table.slots[0].generation = 0xFFFFFE; /* sixteen million owners later */
	for (const unsigned *expected = (const unsigned[]){0xFFFFFF, 1, 2, 0}; *expected != 0; expected++) {
		VmqAddr addr = slots_add(&table, &owners[0], &kind);

		ck_assert_uint_eq(addr.generation, *expected);
		ck_assert_uint_eq(addr.slot, 0);
		slots_remove(&table, addr);
	}
	slots_clear(&table);
}
END_TEST

START_TEST(the_slot_that_is_free_for_longest_is_taken_first)
{
	Slots   table;
	VmqAddr addrs[3];

	slots_init(&table, 0);
	for (unsigned i = 0; i < 3; i++)
		addrs[i] = slots_add(&table, &owners[i], &kind);
	slots_remove(&table, addrs[1]);
	slots_remove(&table, addrs[0]);
	ck_assert_uint_eq(slots_add(&table, &owners[0], &kind).slot, 1);
	ck_assert_uint_eq(slots_add(&table, &owners[0], &kind).slot, 0);
	ck_assert_uint_eq(slots_add(&table, &owners[0], &kind).slot, 3);
	slots_clear(&table);
}
END_TEST

START_TEST(random_comings_and_goings_mix_nobody_up)
{
	g_autoptr(GRand) dice = g_rand_new_with_seed(7);
	Slots   table;
	VmqAddr addrs[G_N_ELEMENTS(owners)] = {0}, stale = VMQ_ADDR_NONE;

	slots_init(&table, 0);
	for (unsigned i = 0; i < 100000; i++) {
		unsigned at = (unsigned) g_rand_int_range(dice, 0, G_N_ELEMENTS(owners));
		unsigned look = (unsigned) g_rand_int_range(dice, 0, G_N_ELEMENTS(owners));

		if (vmq_addr_is_none(addrs[at])) {
			addrs[at] = slots_add(&table, &owners[at], &kind);
		} else {
			slots_remove(&table, stale = addrs[at]);
			addrs[at] = VMQ_ADDR_NONE;
		}

		const Slot *slot = slots_find(&table, addrs[look]);

		ck_assert((slot != NULL) == !vmq_addr_is_none(addrs[look]));
		ck_assert(slot == NULL || slot->owner == &owners[look]);
		ck_assert_ptr_null(slots_find(&table, stale));
	}
	ck_assert_uint_le(table.n_slots, G_N_ELEMENTS(owners));
	slots_clear(&table);
}
END_TEST

UNIT_MAIN("slots", an_address_finds_its_owner_until_it_leaves,
          a_stale_address_does_not_find_who_came_after, nobody_is_found_elsewhere_or_nowhere,
          a_generation_comes_round_and_is_never_zero,
          the_slot_that_is_free_for_longest_is_taken_first, random_comings_and_goings_mix_nobody_up)
