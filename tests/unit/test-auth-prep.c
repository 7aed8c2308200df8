/* SPDX-License-Identifier: Apache-2.0 */
#include "prep.h"
#include "unit.h"

static void
assert_prepared(const char *text, const char *expected)
{
	g_autofree char *prepared = prep_text(text);

	ck_assert_pstr_eq(prepared, expected);
}

START_TEST(the_examples_of_rfc_4013_come_out_as_there)
{
	assert_prepared("I\u00ADX", "IX"); /* SOFT HYPHEN mapped to nothing */
	assert_prepared("user", "user");
	assert_prepared("USER", "USER"); /* case preserved, will not match the one before */
	assert_prepared("\u00AA", "a");  /* output is NFKC, input in ISO 8859-1 */
	assert_prepared("\u2168", "IX"); /* output is NFKC, will match the first */
	assert_prepared("\a", NULL);     /* prohibited */
}
END_TEST

START_TEST(printable_ascii_stays_as_it_is)
{
	char all[0x7F - 0x20 + 1] = {0};

	for (unsigned i = 0; i < sizeof all - 1; i++)
		all[i] = (char) (0x20 + i);
	assert_prepared(all, all);
}
END_TEST

START_TEST(spaces_become_spaces_and_what_is_unseen_goes)
{
	assert_prepared("a\u00A0b\u2003c\u3000d", "a b c d");
	assert_prepared("a\uFE0Fb\u200Dc\uFEFFd", "abcd");
}
END_TEST

START_TEST(the_same_text_in_other_clothes_is_the_same)
{
	assert_prepared("p\u00E4ss", "p\u00E4ss");
	assert_prepared("pa\u0308ss", "p\u00E4ss");
	assert_prepared("\uFF50\uFF41\uFF53\uFF53", "pass");
}
END_TEST

START_TEST(what_must_not_be_in_a_password_is_refused)
{
	static const char *const bad[] = {
		"",       "\xff",   "a\xc3",      "\x7f",       "a\nb",       "\xc2\x85",
		"\u200E", "\u2028", "\uE000",     "\uFFFD",     "\U000E0001", "\U0010FFFF",
		"\u2FF0", "\u200B", "\u00AD",     "\U000F0000", "\uFFFE",     "\u0378",
		"\u2029", "\uFFF9", "\U0001D173", "\u06DD",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_prepared(bad[i], NULL);
}
END_TEST

UNIT_MAIN("auth-prep", the_examples_of_rfc_4013_come_out_as_there, printable_ascii_stays_as_it_is,
          spaces_become_spaces_and_what_is_unseen_goes, the_same_text_in_other_clothes_is_the_same,
          what_must_not_be_in_a_password_is_refused)
