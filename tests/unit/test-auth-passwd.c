/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"
#include "passwd.h"
#include "unit.h"

#include <glib/gstdio.h>
#include <string.h>

#define ALICE                                                      \
	"$7$101$19g7fw6r9M+sAlJA$SGwqcP4EksNEttbjHhPVvX6CMPLINjn/" \
	"370EyPKARvvR2Yjwus17oOdEwnDxQM0BiVij0Z"                   \
	"WJ9IIK3Y+dT1bRBA=="
#define BOB "$5$2CHTgOkPsyg4Pb6M$RljiTPcDMDWoJc57Cz3qfTOmuLBx7jaP84Kq4DJgbz1"

/* Password "pencil", as in RFC 7677. */
#define SCRAM                                                                          \
	"$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ=="                               \
	"$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="                                \
	"$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

/* Of other users: not verifiers of any password that we know. */
#define OTHER                                                                          \
	"$scram-sha-256$i=8192$AAECAwQFBgcICQoL"                                       \
	"$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="                                \
	"$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
#define THIRD                                                                          \
	"$scram-sha-256$i=4096$AAECAwQFBgcICQoL"                                       \
	"$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="                                \
	"$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static Passwd *
parse(const char *text, GError **error)
{
	return passwd_parse((VmqBytes){(const uint8_t *) text, strlen(text)}, "passwd", error);
}

START_TEST(users_are_found_with_their_hashes)
{
	g_autoptr(Passwd) passwd = parse("alice:" ALICE "\nbob:" BOB "\n", NULL);

	ck_assert_ptr_nonnull(passwd);
	ck_assert_uint_eq(passwd_count(passwd), 2);
	ck_assert_str_eq(passwd_find(passwd, "alice"), ALICE);
	ck_assert_str_eq(passwd_find(passwd, "bob"), BOB);
	ck_assert_ptr_null(passwd_find(passwd, "carol"));
	ck_assert_ptr_null(passwd_find(passwd, ""));
}
END_TEST

START_TEST(who_has_no_scram_verifier_gets_a_mock_that_stays)
{
	g_autoptr(Passwd) none = parse("alice:" ALICE "\n", NULL);
	g_autoptr(Passwd) some = parse("alice:" ALICE "\nuser:" SCRAM "\nbob:" OTHER "\n", NULL);
	g_autoptr(Passwd) more =
		parse("user:" SCRAM "\nbob:" OTHER "\ncarol:" THIRD "\n", NULL);
	g_autoptr(Passwd) other = parse("user:" SCRAM "\ncarol:" THIRD "\n", NULL);
	ScramVerifier user, alice, again, elsewhere;

	ck_assert(!passwd_has_scram(none));
	ck_assert(passwd_has_scram(some));
	ck_assert(passwd_find_scram(some, "user", &user));
	ck_assert_uint_eq(user.salt_size, 16);
	ck_assert(scram_verifier_matches(&user, "pencil"));

	/* Hers is another kind of hash; and added users change nothing, another secret does. */
	ck_assert(!passwd_find_scram(some, "alice", &alice));
	ck_assert(!passwd_find_scram(more, "alice", &again));
	ck_assert(!passwd_find_scram(other, "alice", &elsewhere));
	ck_assert_uint_eq(alice.iterations, user.iterations);
	ck_assert_uint_eq(alice.salt_size, user.salt_size);
	ck_assert_mem_eq(alice.salt, again.salt, alice.salt_size);
	ck_assert_mem_ne(alice.salt, elsewhere.salt, alice.salt_size);
}
END_TEST

START_TEST(comments_empty_lines_and_foreign_line_ends_are_passed_over)
{
	g_autoptr(Passwd) passwd =
		parse("# users\n\r\n\nal ice:" ALICE "\r\n#bob:x\nbob:" BOB, NULL);

	ck_assert_ptr_nonnull(passwd);
	ck_assert_uint_eq(passwd_count(passwd), 2);
	ck_assert_str_eq(passwd_find(passwd, "al ice"), ALICE);
	ck_assert_str_eq(passwd_find(passwd, "bob"), BOB);
}
END_TEST

START_TEST(a_bad_line_fails_the_file_and_is_named)
{
	static const char *const wrong[][2] = {
		{"alice:" ALICE "\nbob\n", "passwd:2: there is no colon"},
		{"\n\n:" ALICE "\n", "passwd:3: there is no user name"},
		{"alice:" ALICE ":admin\n", "passwd:1: there is a second colon"},
		{"alice:\n", "passwd:1: what follows the colon is not a hash"},
		{"# no hash\nalice:topsecret\n", "passwd:2: what follows the colon is not a hash"},
		{"al\tice:" ALICE "\n", "passwd:1: the user name is not printable"},
		{"al\xFFice:" ALICE "\n", "passwd:1: the user name is not printable"},
		{"alice:" ALICE "\nbob:" BOB "\nalice:" BOB "\n",
	         "passwd:3: user \"alice\" is in line 1 already"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		ck_assert_ptr_null(parse(wrong[i][0], &error));
		ck_assert_msg(g_str_has_prefix(error->message, wrong[i][1]), "%s", error->message);
		ck_assert_ptr_null(strstr(error->message, "topsecret"));
	}
}
END_TEST

START_TEST(a_nul_does_not_cut_a_line_short)
{
	static const char text[] = "alice:" ALICE "\0x\n";
	g_autoptr(GError) error = NULL;

	ck_assert_ptr_null(
		passwd_parse((VmqBytes){(const uint8_t *) text, sizeof text - 1}, "p", &error));
	ck_assert_str_eq(error->message, "p:1: holds a NUL");
}
END_TEST

START_TEST(an_unknown_user_has_the_same_decoy_every_time)
{
	g_autoptr(Passwd) passwd = parse("alice:" ALICE "\nbob:" BOB "\n", NULL);
	g_autoptr(Passwd) empty = parse("# nobody yet\n", NULL);
	bool seen_alice = false, seen_bob = false;

	for (unsigned i = 0; i < 100; i++) {
		g_autofree char *name = g_strdup_printf("stranger%u", i);
		const char      *decoy = passwd_decoy(passwd, name);

		ck_assert_str_eq(decoy, passwd_decoy(passwd, name));
		seen_alice |= strcmp(decoy, ALICE) == 0;
		seen_bob |= strcmp(decoy, BOB) == 0;
	}
	ck_assert(seen_alice && seen_bob); /* strangers are as mixed as the users are */
	ck_assert_ptr_null(passwd_decoy(empty, "stranger"));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	g_autoptr(GError) error = NULL;

	ck_assert_ptr_null(passwd_load("/nowhere/passwd", &error));
	ck_assert_ptr_nonnull(strstr(error->message, "/nowhere/passwd"));
}
END_TEST

START_TEST(what_vibemq_passwd_writes_is_verified)
{
	g_autofree char *dir = g_dir_make_tmp("vibemq-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "passwd", NULL);
	g_autofree char *tool =
		g_build_filename(g_getenv("VMQ_TOP_BUILDDIR"), "vibemq-passwd", NULL);
	const char *argv[] = {tool, "-cb", file, "alice", "correct horse", NULL};
	g_autoptr(GError) error = NULL;
	int status = -1;

	ck_assert_msg(g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL,
	                           NULL, NULL, NULL, &status, &error),
	              "%s", error != NULL ? error->message : "");
	ck_assert_int_eq(status, 0);

	g_autoptr(Passwd) passwd = passwd_load(file, &error);

	ck_assert_msg(passwd != NULL, "%s", error != NULL ? error->message : "");
	ck_assert(hash_verify(passwd_find(passwd, "alice"), "correct horse"));
	ck_assert(!hash_verify(passwd_find(passwd, "alice"), "correct horsf"));
	g_unlink(file);
	g_rmdir(dir);
}
END_TEST

UNIT_MAIN("auth-passwd", users_are_found_with_their_hashes,
          who_has_no_scram_verifier_gets_a_mock_that_stays,
          comments_empty_lines_and_foreign_line_ends_are_passed_over,
          a_bad_line_fails_the_file_and_is_named, a_nul_does_not_cut_a_line_short,
          an_unknown_user_has_the_same_decoy_every_time, a_file_that_is_not_there_is_named,
          what_vibemq_passwd_writes_is_verified)
