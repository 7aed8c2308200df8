/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "scram.h"
#include "unit.h"

#include <string.h>

/* RFC 7677, 3: user "user", password "pencil". */
#define CLIENT_FIRST "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define OUR_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define NONCE "rOprNGfwEbeRWgbNEkqO" OUR_NONCE
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define SERVER_FIRST "r=" NONCE ",s=" SALT ",i=4096"
#define PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define CLIENT_FINAL "c=biws,r=" NONCE ",p=" PROOF
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static VmqBytes
bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

static ScramVerifier
make_verifier(const char *password)
{
	ScramVerifier verifier;
	uint8_t       salt[SCRAM_MAX_SALT];
	size_t        size;

	ck_assert(base64_decode(SALT, strlen(SALT), salt, sizeof salt, &size));
	ck_assert(scram_verifier_make(&verifier, password, (VmqBytes){salt, size}, 4096));
	return verifier;
}

/* The example up to the challenge. */
static Scram *
start(const char *first)
{
	const ScramVerifier verifier = make_verifier("pencil");
	const char         *why;
	Scram              *scram = scram_new(bytes(first), &why);

	ck_assert_msg(scram != NULL, "%s: %s", first, why);
	scram_challenge(scram, &verifier, OUR_NONCE);
	return scram;
}

static void
assert_first_refused(const char *message, const char *because)
{
	const char *why;

	ck_assert_msg(scram_new(bytes(message), &why) == NULL, "%s", message);
	ck_assert_msg(strstr(why, because) != NULL, "%s: %s", message, why);
}

static void
assert_final_refused(const char *message, const char *because)
{
	g_autoptr(Scram) scram = start(CLIENT_FIRST);
	const char *why;

	ck_assert_msg(scram_finish(scram, bytes(message), &why) == NULL, "%s", message);
	ck_assert_msg(strstr(why, because) != NULL, "%s: %s", message, why);
}

START_TEST(the_example_of_rfc_7677_goes_through)
{
	const ScramVerifier verifier = make_verifier("pencil");
	const char         *why;
	g_autoptr(Scram) scram = scram_new(bytes(CLIENT_FIRST), &why);

	ck_assert_ptr_nonnull(scram);
	ck_assert_str_eq(scram_username(scram), "user");
	ck_assert_str_eq(scram_challenge(scram, &verifier, OUR_NONCE), SERVER_FIRST);

	g_autofree char *final = scram_finish(scram, bytes(CLIENT_FINAL), &why);

	ck_assert_pstr_eq(final, SERVER_FINAL);
}
END_TEST

START_TEST(a_wrong_password_proves_nothing)
{
	const ScramVerifier verifier = make_verifier("Pencil");
	const char         *why;
	g_autoptr(Scram) scram = scram_new(bytes(CLIENT_FIRST), &why);

	scram_challenge(scram, &verifier, OUR_NONCE);
	ck_assert_ptr_null(scram_finish(scram, bytes(CLIENT_FINAL), &why));
	ck_assert_str_eq(why, "wrong password");
}
END_TEST

START_TEST(a_proof_with_one_bit_changed_is_none)
{
	uint8_t proof[SCRAM_KEY_BYTES];
	size_t  size;

	ck_assert(base64_decode(PROOF, strlen(PROOF), proof, sizeof proof, &size));
	for (unsigned bit = 0; bit < 8 * SCRAM_KEY_BYTES; bit++) {
		proof[bit / 8] ^= (uint8_t) (1u << bit % 8);

		g_autofree char *encoded = g_base64_encode(proof, sizeof proof);
		g_autofree char *final = g_strconcat("c=biws,r=" NONCE ",p=", encoded, NULL);

		assert_final_refused(final, "wrong password");
		proof[bit / 8] ^= (uint8_t) (1u << bit % 8);
	}
}
END_TEST

START_TEST(the_nonce_must_be_the_whole_of_both)
{
	assert_final_refused("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=" PROOF, "nonce");
	assert_final_refused("c=biws,r=" NONCE "0,p=" PROOF, "nonce");
	assert_final_refused("c=biws,r=" OUR_NONCE ",p=" PROOF, "nonce");
	assert_final_refused("c=biws,r=,p=" PROOF, "nonce");
}
END_TEST

START_TEST(channel_binding_is_refused_to_who_insists_and_not_mistaken)
{
	assert_first_refused("p=tls-unique,,n=user,r=abc", "channel binding");
	assert_first_refused("p=,,n=user,r=abc", "channel binding");

	/* "I could, you cannot" is true of us, and must be repeated like anything else. */
	scram_free(start("y,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
	assert_final_refused("c=eSws,r=" NONCE ",p=" PROOF, "channel binding");

	g_autoptr(Scram) scram = start("y,,n=user,r=rOprNGfwEbeRWgbNEkqO");
	const char *why;

	ck_assert_ptr_null(scram_finish(scram, bytes(CLIENT_FINAL), &why));
	ck_assert_ptr_nonnull(strstr(why, "channel binding"));
}
END_TEST

START_TEST(names_are_unescaped_and_prepared)
{
	static const char *const names[][2] = {
		{"a=2Cb=3Dc", "a,b=c"},
		{"=3D2C", "=2C"},
		{"I\u00ADX", "IX"},
		{"pa\u0308ul", "p\u00E4ul"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *first = g_strdup_printf("n,,n=%s,r=abc", names[i][0]);
		g_autoptr(Scram) scram = start(first);

		ck_assert_str_eq(scram_username(scram), names[i][1]);
	}
	assert_first_refused("n,,n=a=b,r=abc", "user name");
	assert_first_refused("n,,n=a=2c,r=abc", "user name");
	assert_first_refused("n,,n=a=,r=abc", "user name");
	assert_first_refused("n,,n=,r=abc", "user name");
	assert_first_refused("n,,n=a\ab,r=abc", "user name");
}
END_TEST

START_TEST(who_acts_for_another_is_refused)
{
	scram_free(start("n,a=user,n=user,r=abc"));
	scram_free(start("n,a=a=2Cb,n=a=2Cb,r=abc"));
	assert_first_refused("n,a=admin,n=user,r=abc", "another");
	assert_first_refused("n,a=,n=user,r=abc", "another");
}
END_TEST

START_TEST(extensions_are_passed_over_unless_they_are_mandatory)
{
	g_autoptr(Scram) scram = start("n,,n=user,r=rOprNGfwEbeRWgbNEkqO,x=1,y==");
	const char *why;

	/* They are part of what is proved. */
	ck_assert_ptr_null(scram_finish(scram, bytes("c=biws,r=" NONCE ",z=9,p=" PROOF), &why));
	ck_assert_str_eq(why, "wrong password");
	assert_first_refused("n,,m=x,n=user,r=abc", "mandatory");
}
END_TEST

START_TEST(first_messages_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"",
		"n",
		"n,",
		"n,,",
		"n,,n=user",
		"n,,n=user,",
		"n,,n=user,r=",
		"n,,r=abc,n=user",
		"N,,n=user,r=abc",
		"x,,n=user,r=abc",
		"nn,,n=user,r=abc",
		"n,n=user,r=abc",
		"n,,n=user,r=abc,",
		"n,,n=user,r=abc,,",
		"n,,n=user,r=abc,x",
		"n,,n=user,r=abc,x=",
		"n,,n=user,r=abc,1=x",
		"n,,n=user,r=a bc",
		"n,,n=user,r=a\u00E4",
		"n,,n=user;r=abc",
		"n,b=user,n=user,r=abc",
		"n,,n=user,r=a\xff",
		"n,,n=user,r=abc,x=,y=1",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_first_refused(bad[i], "malformed");
}
END_TEST

START_TEST(a_message_with_a_nul_in_it_or_without_end_is_refused)
{
	const char      *why;
	VmqBytes         nul = {(const uint8_t *) "n,,n=user,r=abc\0d", 17};
	g_autofree char *rest = g_strnfill(SCRAM_MAX_MESSAGE, 'a');
	g_autofree char *large = g_strconcat("n,,n=user,r=", rest, NULL);

	ck_assert_ptr_null(scram_new(nul, &why));
	assert_first_refused(large, "malformed");
	large[SCRAM_MAX_MESSAGE] = '\0';
	scram_free(start(large));
}
END_TEST

START_TEST(final_messages_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"",
		"c=biws",
		"c=biws,r=" NONCE,
		"c=biws,r=" NONCE ",p=",
		"c=biws,r=" NONCE ",p=AAAA",
		"c=biws,r=" NONCE ",p=" PROOF ",",
		"c=biws,r=" NONCE ",p=" PROOF ",x=1",
		"c=biws,r=" NONCE ",p=" PROOF "=",
		"c=biws,r=" NONCE ",p=!" PROOF,
		"c=biws,r=" NONCE ",q=" PROOF,
		"r=" NONCE ",c=biws,p=" PROOF,
		"c=biws,r=" NONCE ",,p=" PROOF,
		"c=biws,p=" PROOF ",r=" NONCE,
		"n=user",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_final_refused(bad[i], "malformed");
}
END_TEST

START_TEST(a_verifier_reads_as_it_is_written)
{
	const ScramVerifier verifier = make_verifier("pencil");
	g_autofree char    *text = scram_verifier_format(&verifier);
	ScramVerifier       again;

	ck_assert_str_eq(text, "$scram-sha-256$i=4096$" SALT
	                       "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
	                       "$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
	ck_assert(scram_verifier_parse(text, &again));
	ck_assert_mem_eq(again.stored_key, verifier.stored_key, SCRAM_KEY_BYTES);
	ck_assert(scram_verifier_matches(&again, "pencil"));
	ck_assert(scram_verifier_matches(&again, "pen\u00ADcil"));
	ck_assert(!scram_verifier_matches(&again, "pencils"));
	ck_assert(!scram_verifier_matches(&again, ""));
	ck_assert(!scram_verifier_matches(&again, "\xff"));
}
END_TEST

START_TEST(verifiers_that_are_none_are_not_read)
{
#define KEY "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
	static const char *const bad[] = {
		"",
		"$scram-sha-256$",
		"$scram-sha-1$i=4096$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=4095$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=10000001$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=99999999999999999999$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=04096$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=-4096$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i= 4096$" SALT "$" KEY "$" KEY,
		"$scram-sha-256$i=4096$$" KEY "$" KEY,
		"$scram-sha-256$i=4096$" SALT "$" KEY,
		"$scram-sha-256$i=4096$" SALT "$" KEY "$",
		"$scram-sha-256$i=4096$" SALT "$" KEY "$" KEY "$",
		"$scram-sha-256$i=4096$" SALT "$" SALT "$" KEY,
		"$scram-sha-256$i=4096$" SALT "$" KEY "$" KEY "$" KEY,
		"$scram-sha-256$i=4096$" SALT "$" KEY "$ " KEY,
	};
	ScramVerifier verifier;

	ck_assert(scram_verifier_parse("$scram-sha-256$i=4096$" SALT "$" KEY "$" KEY, &verifier));
	ck_assert(
		scram_verifier_parse("$scram-sha-256$i=10000000$" SALT "$" KEY "$" KEY, &verifier));
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		ck_assert_msg(!scram_verifier_parse(bad[i], &verifier), "%s", bad[i]);
}
END_TEST

START_TEST(a_mock_is_constant_and_like_the_others)
{
	const ScramVerifier like = make_verifier("pencil");
	const uint8_t       secret[SCRAM_KEY_BYTES] = {1}, other[SCRAM_KEY_BYTES] = {2};
	ScramVerifier       first, again, elsewhere, mallory;

	scram_verifier_mock(&first, &like, secret, "alice");
	scram_verifier_mock(&again, &like, secret, "alice");
	scram_verifier_mock(&elsewhere, &like, other, "alice");
	scram_verifier_mock(&mallory, &like, secret, "mallory");
	ck_assert_uint_eq(first.iterations, like.iterations);
	ck_assert_uint_eq(first.salt_size, like.salt_size);
	ck_assert_mem_eq(first.salt, again.salt, first.salt_size);
	ck_assert_mem_ne(first.salt, mallory.salt, first.salt_size);
	ck_assert_mem_ne(first.salt, elsewhere.salt, first.salt_size);
	ck_assert_mem_ne(first.stored_key, first.server_key, SCRAM_KEY_BYTES);
}
END_TEST

UNIT_MAIN("auth-scram", the_example_of_rfc_7677_goes_through, a_wrong_password_proves_nothing,
          a_proof_with_one_bit_changed_is_none, the_nonce_must_be_the_whole_of_both,
          channel_binding_is_refused_to_who_insists_and_not_mistaken,
          names_are_unescaped_and_prepared, who_acts_for_another_is_refused,
          extensions_are_passed_over_unless_they_are_mandatory,
          first_messages_that_are_none_are_refused,
          a_message_with_a_nul_in_it_or_without_end_is_refused,
          final_messages_that_are_none_are_refused, a_verifier_reads_as_it_is_written,
          verifiers_that_are_none_are_not_read, a_mock_is_constant_and_like_the_others)
