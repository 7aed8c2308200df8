/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/nearest.h"
#include "unit.h"

static const char *const keys[] = {"listeners",    "limits",          "log", "plugins", "workers",
                                   "max_inflight", "max_packet_size", NULL};

START_TEST(one_mistake_is_seen_through)
{
	static const struct {
		const char *word, *meant;
	} mistakes[] = {
		{"listenrs", "listeners"},   /* left out */
		{"listenners", "listeners"}, /* doubled */
		{"listemers", "listeners"},  /* changed */
		{"litseners", "listeners"},  /* swapped */
		{"Limits", "limits"},        /* capital */
		{"logs", "log"},             /* plural */
		{"maxinflight", "max_inflight"},
		{"max-packet-size", "max_packet_size"},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(mistakes); i++)
		ck_assert_pstr_eq(nearest_word(mistakes[i].word, keys), mistakes[i].meant);
}
END_TEST

START_TEST(a_word_unlike_all_others_has_no_nearest)
{
	ck_assert_pstr_eq(nearest_word("tls", keys), NULL);
	ck_assert_pstr_eq(nearest_word("persistence", keys), NULL);
	ck_assert_pstr_eq(nearest_word("", keys), NULL);
}
END_TEST

START_TEST(the_nearest_of_several_wins)
{
	static const char *const words[] = {"gossip_adr", "gossip_address", "gossip_addr", NULL};

	ck_assert_pstr_eq(nearest_word("gossip_addrs", words), "gossip_addr");
	ck_assert_pstr_eq(nearest_word("gossip_adress", words), "gossip_address");
}
END_TEST

START_TEST(long_words_are_not_compared)
{
	g_autofree char  *longest = g_strnfill(64, 'x');
	g_autofree char  *longer = g_strnfill(65, 'x');
	const char *const words[] = {longer, longest, NULL};

	ck_assert_ptr_eq(nearest_word(longest, words), longest);
	ck_assert_ptr_null(nearest_word(longer, words));
}
END_TEST

START_TEST(out_of_no_words_none_is_nearest)
{
	static const char *const none[] = {NULL};

	ck_assert_ptr_null(nearest_word("x", none));
}
END_TEST

UNIT_MAIN("nearest", one_mistake_is_seen_through, a_word_unlike_all_others_has_no_nearest,
          the_nearest_of_several_wins, long_words_are_not_compared, out_of_no_words_none_is_nearest)
