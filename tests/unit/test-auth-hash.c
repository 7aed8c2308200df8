/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"
#include "unit.h"

#include <string.h>

/* Written by mosquitto_passwd 2.0.11, by crypt(3) of libxcrypt 4.4.33, and one by Python's hashlib. */
static const char *const hashes[] = {
	"$6$UODDRU+vkfFWETkB$+AwBioeXqcozD310RVyTHP0oYluCdpRsQ6K"
	"oDwcJ49PKjroSbpHEqiv0aP/07JIQpuduwIbD1tFvNkhx6SsHrQ==",
	"$7$101$19g7fw6r9M+sAlJA$SGwqcP4EksNEttbjHhPVvX6CMPLINjn/3"
	"70EyPKARvvR2Yjwus17oOdEwnDxQM0BiVij0ZWJ9IIK3Y+dT1bRBA==",
	"$7$25000$MDEyMzQ1Njc4OWFiY2RlZg==$NAtVcXr7DbXedVbBm+JvbbmENXwA"
	"meETSMIk+8rC9F5GBbGumPcNIpwLppBM7vaXnbPUqZhH3UgUjzNRgCPZMg==",
	"$y$j9T$TmZfv31HNFqhMDZqt0zax/$wjG/MMiOQInBTQLCIADXfq/7H/2BFIbNktfrUUmXIOD",
	"$gy$j9T$HBIb8Y6pecnzGGIheqOdp/$muVt3Pc6SD1EejcVtqhYGo8CISR.SVJm9jH4dGTnTF9",
	"$7$CU..../....1qimQxv3NoSHDm3duCaY40$B2eX"
	"5V.It8UMZ.OoDuDRQgLWMvwDG2HYEFDU7Q5Cr82",
	"$2b$05$pQKuHpLIPgAjXJxuC440Ye3/dJ28kpkhf98Qsitsj0CFSjuhRzhRO",
	"$6$LV/00ZqVZTSgocmw$2Nyu37ixFWQuwgBTEe1JwhLeYDjbx0z02M"
	"XTrcIsr76.Kz3XbB6aL7YyJ8Da97H3pVzKie/poO.3CDl1KtaYW0",
	"$5$2CHTgOkPsyg4Pb6M$RljiTPcDMDWoJc57Cz3qfTOmuLBx7jaP84Kq4DJgbz1",
};

START_TEST(the_right_password_passes_for_every_kind_of_hash)
{
	for (size_t i = 0; i < G_N_ELEMENTS(hashes); i++) {
		ck_assert_msg(hash_is_known(hashes[i]), "%s", hashes[i]);
		ck_assert_msg(hash_verify(hashes[i], "correct horse"), "%s", hashes[i]);
	}
}
END_TEST

START_TEST(a_scram_verifier_is_a_hash_like_another)
{
	const char *scram = "$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ=="
			    "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
			    "$wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

	ck_assert(hash_is_known(scram));
	ck_assert(hash_verify(scram, "pencil"));
	ck_assert(!hash_verify(scram, "pencil "));
	ck_assert(!hash_verify(scram, "\xff"));
}
END_TEST

START_TEST(a_wrong_password_passes_for_none)
{
	static const char *const wrong[] = {"correct hors", "correct horse ", "Correct horse", ""};

	for (size_t i = 0; i < G_N_ELEMENTS(hashes); i++) {
		for (size_t k = 0; k < G_N_ELEMENTS(wrong); k++)
			ck_assert_msg(!hash_verify(hashes[i], wrong[k]), "%s %s", hashes[i],
			              wrong[k]);
	}
}
END_TEST

START_TEST(a_password_is_bytes_of_utf8)
{
	const char *sha512 =
		"$6$xv5ivjgedQyd7X7K$544dyoV/gOjxOMVqV7qpnSlvLmib+VOZ4MO38c8Tor/JU6NaeP8pfr+1BQ9V"
		"EtiWkWEIL+fW1erQWlqJ3UxOzw==";
	const char *pbkdf2 =
		"$7$101$6WOwMXQgPeItQ4KZ$ZcdLbVfsR28AIQsQdasaVNMhIAXGq6lFpHhXt80GMqAzI+avqDjEIZaz"
		"Kr4SZdwL5fBINAKvT4tNtxpH01f2cg==";

	ck_assert(hash_verify(sha512, "pässwörd"));
	ck_assert(hash_verify(pbkdf2, "pässwörd"));
	ck_assert(!hash_verify(pbkdf2, "password"));
}
END_TEST

START_TEST(a_hash_of_which_a_byte_was_lost_or_changed_is_not_verified)
{
	for (size_t i = 0; i < G_N_ELEMENTS(hashes); i++) {
		g_autofree char *shorter = g_strndup(hashes[i], strlen(hashes[i]) - 1);
		g_autofree char *longer = g_strconcat(hashes[i], "a", NULL);
		g_autofree char *changed = g_strdup(hashes[i]);
		char            *middle = changed + strlen(changed) - 20;

		*middle = *middle == 'a' ? 'b' : 'a';
		ck_assert_msg(!hash_is_known(shorter), "%s", shorter);
		ck_assert_msg(!hash_is_known(longer), "%s", longer);
		ck_assert_msg(!hash_verify(changed, "correct horse"), "%s", changed);
	}
}
END_TEST

START_TEST(what_is_no_hash_is_not_known)
{
	static const char *const texts[] = {
		"",
		"$",
		"secret",
		"secretsecret1", /* 13 letters: DES to crypt(3) */
		"$1$6.PmusQX$a6udVX3a84NO9X158/zMH.",
		"$apr1$abcdefgh$0123456789012345678901",
		"$6$",
		"$6$salt",
		"$7$101$",
		"$7$101$19g7fw6r9M+sAlJA",
		"$y$j9T$TmZfv31HNFqhMDZqt0zax/",
		"$y$j9T$a b$wjG/MMiOQInBTQLCIADXfq/7H/2BFIbNktfrUUmXIOD",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		ck_assert_msg(!hash_is_known(texts[i]), "%s", texts[i]);
}
END_TEST

START_TEST(iterations_are_within_reason)
{
	static const char *const counts[] = {"0",  "-1", "+5", "10000001", "18446744073709551617",
	                                     "1x", ""};
	const char              *rest = strchr(hashes[1] + 3, '$');

	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
		g_autofree char *hash = g_strconcat("$7$", counts[i], rest, NULL);

		ck_assert_msg(!hash_is_known(hash), "%s", hash);
	}

	g_autofree char *one = g_strconcat("$7$1", rest, NULL);

	ck_assert(hash_is_known(one));
	ck_assert(!hash_verify(one, "correct horse"));
}
END_TEST

UNIT_MAIN("auth-hash", the_right_password_passes_for_every_kind_of_hash,
          a_scram_verifier_is_a_hash_like_another, a_wrong_password_passes_for_none, a_password_is_bytes_of_utf8,
          a_hash_of_which_a_byte_was_lost_or_changed_is_not_verified, what_is_no_hash_is_not_known,
          iterations_are_within_reason)
