/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include "base64.h"
#include "scram.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define DIGEST_SIZE 64u /* of SHA512 */
#define MAX_SALT 64u
#define MAX_ITERATIONS 10000000u

/* What crypt(3) writes: how it begins, and how many characters follow the last $. */
static const struct {
	const char *prefix;
	size_t      tail;
} crypt_kinds[] = {
	{"$y$", 43},  {"$gy$", 43}, {"$7$", 43}, {"$2a$", 53},
	{"$2b$", 53}, {"$2y$", 53}, {"$6$", 86}, {"$5$", 43},
};

/* One of mosquitto's, taken apart. */
typedef struct {
	unsigned iterations; /* of PBKDF2; 0: a single SHA512 */
	uint8_t  salt[MAX_SALT], digest[DIGEST_SIZE];
	size_t   salt_size;
} MosquittoHash;

static bool
parse_mosquitto(const char *text, MosquittoHash *hash)
{
	const char *salt = text + strlen("$6$");

	hash->iterations = 0;
	if (g_str_has_prefix(text, "$7$")) {
		char   *end;
		guint64 iterations = g_ascii_strtoull(salt, &end, 10);

		if (!g_ascii_isdigit(*salt) || *end != '$' || iterations == 0 ||
		    iterations > MAX_ITERATIONS)
			return false;
		hash->iterations = (unsigned) iterations;
		salt = end + 1;
	} else if (!g_str_has_prefix(text, "$6$")) {
		return false;
	}

	const char *dollar = strchr(salt, '$');
	size_t      digest_size;

	return dollar != NULL &&
	       base64_decode(salt, (size_t) (dollar - salt), hash->salt, MAX_SALT,
	                     &hash->salt_size) &&
	       base64_decode(dollar + 1, strlen(dollar + 1), hash->digest, DIGEST_SIZE,
	                     &digest_size) &&
	       digest_size == DIGEST_SIZE;
}

static bool
is_crypt(const char *text)
{
	for (size_t i = 0; i < G_N_ELEMENTS(crypt_kinds); i++) {
		if (g_str_has_prefix(text, crypt_kinds[i].prefix))
			return strlen(strrchr(text, '$') + 1) == crypt_kinds[i].tail &&
			       strlen(text) < CRYPT_OUTPUT_SIZE &&
			       crypt_checksalt(text) != CRYPT_SALT_INVALID;
	}
	return false;
}

bool
hash_is_known(const char *hash)
{
	MosquittoHash parsed;
	ScramVerifier verifier;

	return parse_mosquitto(hash, &parsed) || scram_verifier_parse(hash, &verifier) ||
	       is_crypt(hash);
}

static bool
verify_mosquitto(const MosquittoHash *hash, const char *password)
{
	uint8_t digest[DIGEST_SIZE];
	size_t  length = strlen(password);
	bool    made;

	if (hash->iterations > 0) {
		made = PKCS5_PBKDF2_HMAC(password, (int) length, hash->salt, (int) hash->salt_size,
		                         (int) hash->iterations, EVP_sha512(), sizeof digest,
		                         digest) == 1;
	} else {
		EVP_MD_CTX *context = EVP_MD_CTX_new();

		made = EVP_DigestInit_ex(context, EVP_sha512(), NULL) == 1 &&
		       EVP_DigestUpdate(context, password, length) == 1 &&
		       EVP_DigestUpdate(context, hash->salt, hash->salt_size) == 1 &&
		       EVP_DigestFinal_ex(context, digest, NULL) == 1;
		EVP_MD_CTX_free(context);
	}

	bool equal = made && CRYPTO_memcmp(digest, hash->digest, sizeof digest) == 0;

	explicit_bzero(digest, sizeof digest);
	return equal;
}

static bool
verify_crypt(const char *hash, const char *password)
{
	struct crypt_data *data = g_new0(struct crypt_data, 1);
	const char        *made = crypt_r(password, hash, data);
	size_t             length = strlen(hash);
	bool               equal =
		made != NULL && strlen(made) == length && CRYPTO_memcmp(made, hash, length) == 0;

	explicit_bzero(data, sizeof *data);
	g_free(data);
	return equal;
}

bool
hash_verify(const char *hash, const char *password)
{
	MosquittoHash parsed;
	ScramVerifier verifier;

	if (parse_mosquitto(hash, &parsed))
		return verify_mosquitto(&parsed, password);
	if (scram_verifier_parse(hash, &verifier))
		return scram_verifier_matches(&verifier, password);
	return verify_crypt(hash, password);
}
