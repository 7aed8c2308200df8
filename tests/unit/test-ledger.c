/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ledger.h"
#include "unit.h"

#include <glib.h>

static Ledger ledger;

/* Notes numbers of source 1, and says what became of them: "i" in order, "a" ahead, … */
static const char *
note_all(const uint32_t *seqs, unsigned n)
{
	static char said[64];

	for (unsigned i = 0; i < n; i++)
		said[i] = "iald"[ledger_note(&ledger, 1, seqs[i])];
	said[n] = '\0';
	return said;
}

#define NOTE(...)                                 \
	note_all((const uint32_t[]){__VA_ARGS__}, \
	         sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

static void
begin(void)
{
	ledger_clear(&ledger);
	ledger_init(&ledger, 3);
}

START_TEST(what_comes_in_order_leaves_nothing)
{
	begin();
	ck_assert_str_eq(NOTE(0, 1, 2, 3), "iiii");
	ck_assert_uint_eq(ledger.n_missing, 0);
	ck_assert_uint_eq(ledger_behind(&ledger, 1, 4), 0);
}
END_TEST

START_TEST(what_is_skipped_is_missing)
{
	begin();
	ck_assert_str_eq(NOTE(0, 3, 4, 9), "iaia");
	ck_assert_uint_eq(ledger.n_missing, 2 + 4);
}
END_TEST

START_TEST(what_never_came_at_the_end_is_behind)
{
	begin();
	ck_assert_str_eq(NOTE(0, 1), "ii");
	ck_assert_uint_eq(ledger_behind(&ledger, 1, 5), 3);
	ck_assert_uint_eq(ledger_behind(&ledger, 2, 7), 7);
}
END_TEST

START_TEST(what_comes_late_is_not_missing)
{
	begin();
	ck_assert_str_eq(NOTE(0, 5, 3, 1, 4, 2), "iallll");
	ck_assert_uint_eq(ledger.n_missing, 0);
	ck_assert_uint_eq(ledger.n_gaps, 0);
}
END_TEST

START_TEST(what_comes_twice_is_a_duplicate)
{
	begin();
	ck_assert_str_eq(NOTE(0, 0, 1, 0), "idid");
	ck_assert_str_eq(NOTE(4, 2, 2, 4, 3, 3), "aldd"
	                                         "ld");
	ck_assert_uint_eq(ledger.n_missing, 0);
}
END_TEST

START_TEST(a_first_message_may_be_missing)
{
	begin();
	ck_assert_str_eq(NOTE(1, 2), "ai");
	ck_assert_uint_eq(ledger.n_missing, 1);
	ck_assert_str_eq(NOTE(0), "l");
	ck_assert_uint_eq(ledger.n_missing, 0);
}
END_TEST

START_TEST(sources_do_not_mix)
{
	begin();
	ledger_note(&ledger, 0, 5);
	ck_assert_str_eq(NOTE(0, 1, 2), "iii");
	ck_assert_uint_eq(ledger_note(&ledger, 2, 3), ARRIVAL_AHEAD);
	ck_assert_uint_eq(ledger_note(&ledger, 2, 4), ARRIVAL_IN_ORDER);
	ck_assert_uint_eq(ledger.n_missing, 5 + 3);
}
END_TEST

START_TEST(numbers_may_go_round)
{
	begin();
	ledger.next[1] = UINT32_MAX;
	ck_assert_str_eq(NOTE(UINT32_MAX, 0, 3, 1, UINT32_MAX), "iiald");
	ck_assert_uint_eq(ledger.n_missing, 1);
	ck_assert_uint_eq(ledger_behind(&ledger, 1, (UINT64_C(1) << 32) + 4), 0);
}
END_TEST

START_TEST(a_random_shuffle_is_accounted_for_exactly)
{
	enum { N = 5000 };
	GRand   *random = g_rand_new_with_seed(5);
	uint32_t seqs[N];
	bool     seen[N] = {false};
	unsigned duplicates = 0, different = 0, found = 0;

	begin();
	for (unsigned i = 0; i < N; i++) {
		seqs[i] = (uint32_t) g_rand_int_range(random, 0, N);
		duplicates += seen[seqs[i]];
		different += !seen[seqs[i]];
		seen[seqs[i]] = true;
		found += ledger_note(&ledger, 1, seqs[i]) == ARRIVAL_DUPLICATE;
	}
	ck_assert_uint_eq(found, duplicates);
	ck_assert_uint_eq(ledger.n_missing + ledger_behind(&ledger, 1, N), N - different);
	g_rand_free(random);
}
END_TEST

START_TEST(sparse_numbers_need_only_rise)
{
	begin();
	ck_assert_uint_eq(ledger_note_sparse(&ledger, 1, 7), ARRIVAL_IN_ORDER);
	ck_assert_uint_eq(ledger_note_sparse(&ledger, 1, 70), ARRIVAL_IN_ORDER);
	ck_assert_uint_eq(ledger_note_sparse(&ledger, 1, 70), ARRIVAL_DUPLICATE);
	ck_assert_uint_eq(ledger_note_sparse(&ledger, 1, 8), ARRIVAL_LATE);
	ck_assert_uint_eq(ledger_note_sparse(&ledger, 1, 71), ARRIVAL_IN_ORDER);
	ledger_clear(&ledger);
}
END_TEST

UNIT_MAIN("ledger", what_comes_in_order_leaves_nothing, what_is_skipped_is_missing,
          what_never_came_at_the_end_is_behind, what_comes_late_is_not_missing,
          what_comes_twice_is_a_duplicate, a_first_message_may_be_missing, sources_do_not_mix,
          numbers_may_go_round, a_random_shuffle_is_accounted_for_exactly,
          sparse_numbers_need_only_rise)
