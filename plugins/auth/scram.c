/* SPDX-License-Identifier: Apache-2.0 */
#include "scram.h"

#include "base64.h"
#include "prep.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define PREFIX "$scram-sha-256$i="

struct Scram {
	char         *username;
	char         *header;       /* gs2-header: what the client-final message must repeat */
	char         *first_bare;   /* client-first-message-bare */
	char         *nonce;        /* the client's; with ours behind it from the challenge on */
	char         *server_first; /* NULL: not yet */
	ScramVerifier verifier;
};

/* ---- keys ---- */

static void
hmac(const uint8_t key[SCRAM_KEY_BYTES], VmqBytes data, uint8_t out[SCRAM_KEY_BYTES])
{
	unsigned       size = SCRAM_KEY_BYTES;
	const uint8_t *made =
		HMAC(EVP_sha256(), key, SCRAM_KEY_BYTES, data.data, data.size, out, &size);

	g_assert(made != NULL);
}

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

static void
hash(const uint8_t key[SCRAM_KEY_BYTES], uint8_t out[SCRAM_KEY_BYTES])
{
	unsigned size = SCRAM_KEY_BYTES;
	int      made = EVP_Digest(key, SCRAM_KEY_BYTES, out, &size, EVP_sha256(), NULL);

	g_assert(made == 1);
}

/* RFC 5802, 3: fills the keys, from a prepared password and the salt and count that are there. */
static void
derive(ScramVerifier *verifier, const char *password)
{
	uint8_t salted[SCRAM_KEY_BYTES], client_key[SCRAM_KEY_BYTES];

	int made = PKCS5_PBKDF2_HMAC(password, (int) strlen(password), verifier->salt,
	                             (int) verifier->salt_size, (int) verifier->iterations,
	                             EVP_sha256(), sizeof salted, salted);

	g_assert(made == 1);
	hmac(salted, text_bytes("Client Key"), client_key);
	hash(client_key, verifier->stored_key);
	hmac(salted, text_bytes("Server Key"), verifier->server_key);
	explicit_bzero(salted, sizeof salted);
	explicit_bzero(client_key, sizeof client_key);
}

static void
wipe(char *prepared)
{
	if (prepared == NULL)
		return;
	explicit_bzero(prepared, strlen(prepared));
	g_free(prepared);
}

/* ---- verifiers ---- */

/* Decodes what comes before the next $, or the end, and goes past it. */
static bool
take_base64(const char **at, uint8_t *bytes, size_t room, size_t *size)
{
	size_t length = strcspn(*at, "$");
	bool   good = base64_decode(*at, length, bytes, room, size);

	*at += length;
	if (**at == '$')
		(*at)++;
	return good;
}

bool
scram_verifier_parse(const char *text, ScramVerifier *verifier)
{
	if (!g_str_has_prefix(text, PREFIX))
		return false;

	const char *at = text + strlen(PREFIX);
	char       *end;
	guint64     iterations = g_ascii_strtoull(at, &end, 10);
	size_t      stored_size, server_size;

	if (!g_ascii_isdigit(*at) || *end != '$' || iterations < SCRAM_MIN_ITERATIONS ||
	    iterations > SCRAM_MAX_ITERATIONS)
		return false;
	verifier->iterations = (unsigned) iterations;
	at = end + 1;
	if (!take_base64(&at, verifier->salt, SCRAM_MAX_SALT, &verifier->salt_size) ||
	    !take_base64(&at, verifier->stored_key, SCRAM_KEY_BYTES, &stored_size) ||
	    !take_base64(&at, verifier->server_key, SCRAM_KEY_BYTES, &server_size) ||
	    stored_size != SCRAM_KEY_BYTES || server_size != SCRAM_KEY_BYTES)
		return false;

	/* There is one way to write it. */
	g_autofree char *again = scram_verifier_format(verifier);

	return strcmp(again, text) == 0;
}

char *
scram_verifier_format(const ScramVerifier *verifier)
{
	g_autofree char *salt = g_base64_encode(verifier->salt, verifier->salt_size);
	g_autofree char *stored = g_base64_encode(verifier->stored_key, SCRAM_KEY_BYTES);
	g_autofree char *server = g_base64_encode(verifier->server_key, SCRAM_KEY_BYTES);

	return g_strdup_printf(PREFIX "%u$%s$%s$%s", verifier->iterations, salt, stored, server);
}

bool
scram_verifier_make(ScramVerifier *verifier, const char *password, VmqBytes salt,
                    unsigned iterations)
{
	char *prepared = prep_text(password);

	g_assert(salt.size > 0 && salt.size <= SCRAM_MAX_SALT);
	if (prepared == NULL)
		return false;
	verifier->iterations = iterations;
	verifier->salt_size = salt.size;
	memcpy(verifier->salt, salt.data, salt.size);
	derive(verifier, prepared);
	wipe(prepared);
	return true;
}

bool
scram_verifier_matches(const ScramVerifier *verifier, const char *password)
{
	ScramVerifier made = *verifier;
	char         *prepared = prep_text(password);

	derive(&made, prepared != NULL ? prepared : "");

	bool equal = prepared != NULL &&
	             CRYPTO_memcmp(made.stored_key, verifier->stored_key, SCRAM_KEY_BYTES) == 0;

	wipe(prepared);
	return equal;
}

void
scram_verifier_mock(ScramVerifier *mock, const ScramVerifier *like,
                    const uint8_t secret[SCRAM_KEY_BYTES], const char *username)
{
	uint8_t seed[SCRAM_KEY_BYTES];

	hmac(secret, text_bytes(username), seed);
	mock->iterations = like->iterations;
	mock->salt_size = like->salt_size;
	hmac(seed, text_bytes("Salt"), mock->salt);
	hmac(seed, text_bytes("More Salt"), mock->salt + SCRAM_KEY_BYTES);
	hmac(seed, text_bytes("Stored Key"), mock->stored_key);
	hmac(seed, text_bytes("Server Key"), mock->server_key);
	explicit_bzero(seed, sizeof seed);
}

/* ---- reading ---- */

/* What is left of a message: attributes between commas. */
typedef struct {
	const char *at;
} Attributes;

/* The value of the next attribute if its name is `name`; NULL if it is not. */
static char *
take(Attributes *in, char name)
{
	if (in->at[0] != name || in->at[1] != '=')
		return NULL;

	const char *value = in->at + 2;
	size_t      length = strcspn(value, ",");

	in->at = value + length;
	return g_strndup(value, length);
}

static bool
take_comma(Attributes *in)
{
	if (*in->at != ',')
		return false;
	in->at++;
	return true;
}

/* Extensions, which we may ignore; their end is the end of the message, or `last`. */
static bool
skip_extensions(Attributes *in, char last)
{
	while (*in->at == ',' && in->at[1] != last) {
		if (!g_ascii_isalpha(in->at[1]) || in->at[2] != '=' || in->at[3] == ',' ||
		    in->at[3] == '\0')
			return false;
		in->at += 3;
		in->at += strcspn(in->at, ",");
	}
	return true;
}

/* A message as text: UTF-8 without NUL and not longer than it may be; NULL otherwise. */
static char *
read_text(VmqBytes message)
{
	if (message.size == 0 || message.size > SCRAM_MAX_MESSAGE ||
	    !g_utf8_validate_len((const char *) message.data, message.size, NULL))
		return NULL;
	return g_strndup((const char *) message.data, message.size);
}

/* A saslname: "=2C" is a comma and "=3D" an equals sign; prepared, NULL if it is none. */
static char *
read_name(const char *text)
{
	g_autoptr(GString) name = g_string_new(NULL);

	for (; *text != '\0'; text++) {
		if (*text != '=') {
			g_string_append_c(name, *text);
			continue;
		}
		if (strncmp(text, "=2C", 3) != 0 && strncmp(text, "=3D", 3) != 0)
			return NULL;
		g_string_append_c(name, text[1] == '2' ? ',' : '=');
		text += 2;
	}
	return prep_text(name->str);
}

static bool
is_nonce(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (!g_ascii_isgraph(*text))
			return false;
	return true;
}

/* ---- the client's first message ---- */

/* gs2-header: what it says of channel binding, and for whom the client speaks. */
static const char *
read_header(Attributes *in, char **acts_for)
{
	if (g_str_has_prefix(in->at, "p=")) /* RFC 5802, 6: we know none, so it must fail */
		return "it asks for channel binding, which there is not";
	/* "y" must fail only where the server does support channel binding (the same). */
	if (*in->at != 'n' && *in->at != 'y')
		return "a SCRAM message that is malformed";
	in->at++;
	if (!take_comma(in))
		return "a SCRAM message that is malformed";
	*acts_for = take(in, 'a');
	return take_comma(in) ? NULL : "a SCRAM message that is malformed";
}

static const char *
read_first(Scram *scram, const char *message)
{
	Attributes       in = {message};
	g_autofree char *acts_for = NULL, *name = NULL;
	const char      *wrong = read_header(&in, &acts_for);

	if (wrong != NULL)
		return wrong;
	scram->header = g_strndup(message, (size_t) (in.at - message));
	scram->first_bare = g_strdup(in.at);
	if (g_str_has_prefix(in.at, "m="))
		return "a SCRAM extension that is mandatory";
	name = take(&in, 'n');
	scram->nonce = take_comma(&in) ? take(&in, 'r') : NULL;
	if (name == NULL || scram->nonce == NULL || !is_nonce(scram->nonce) ||
	    !skip_extensions(&in, '\0') || *in.at != '\0')
		return "a SCRAM message that is malformed";
	scram->username = read_name(name);
	if (scram->username == NULL)
		return "a user name that SASLprep does not take";

	g_autofree char *other = acts_for != NULL ? read_name(acts_for) : NULL;

	if (acts_for != NULL && (other == NULL || strcmp(other, scram->username) != 0))
		return "it asks to act for another";
	return NULL;
}

Scram *
scram_new(VmqBytes message, const char **why)
{
	g_autoptr(Scram) scram = g_new0(Scram, 1);
	g_autofree char *text = read_text(message);

	*why = text != NULL ? read_first(scram, text) : "a SCRAM message that is malformed";
	return *why == NULL ? g_steal_pointer(&scram) : NULL;
}

void
scram_free(Scram *scram)
{
	if (scram == NULL)
		return;
	g_free(scram->username);
	g_free(scram->header);
	g_free(scram->first_bare);
	g_free(scram->nonce);
	g_free(scram->server_first);
	explicit_bzero(scram, sizeof *scram);
	g_free(scram);
}

const char *
scram_username(const Scram *scram)
{
	return scram->username;
}

const char *
scram_challenge(Scram *scram, const ScramVerifier *verifier, const char *nonce)
{
	g_autofree char *theirs = g_steal_pointer(&scram->nonce);
	g_autofree char *salt = g_base64_encode(verifier->salt, verifier->salt_size);

	g_assert(scram->server_first == NULL && is_nonce(nonce));
	scram->verifier = *verifier;
	scram->nonce = g_strconcat(theirs, nonce, NULL);
	scram->server_first =
		g_strdup_printf("r=%s,s=%s,i=%u", scram->nonce, salt, verifier->iterations);
	return scram->server_first;
}

/* ---- the client's last message ---- */

/* Takes it apart: `*without_proof` is what comes before ",p=". */
static const char *
read_final(const Scram *scram, const char *message, char **without_proof,
           uint8_t proof[SCRAM_KEY_BYTES])
{
	Attributes       in = {message};
	g_autofree char *header =
		g_base64_encode((const uint8_t *) scram->header, strlen(scram->header));
	g_autofree char *binding = take(&in, 'c');
	g_autofree char *nonce = take_comma(&in) ? take(&in, 'r') : NULL;
	size_t           size;

	if (binding == NULL || nonce == NULL || !skip_extensions(&in, 'p'))
		return "a SCRAM message that is malformed";
	*without_proof = g_strndup(message, (size_t) (in.at - message));

	g_autofree char *encoded = take_comma(&in) ? take(&in, 'p') : NULL;

	if (encoded == NULL || *in.at != '\0' ||
	    !base64_decode(encoded, strlen(encoded), proof, SCRAM_KEY_BYTES, &size) ||
	    size != SCRAM_KEY_BYTES)
		return "a SCRAM message that is malformed";
	if (strcmp(binding, header) != 0)
		return "a channel binding that is not the one it began with";
	if (strcmp(nonce, scram->nonce) != 0)
		return "a nonce that is not ours";
	return NULL;
}

/* RFC 5802, 3: the proof is the client's key under a pad that the stored key makes. */
static bool
is_proved(const ScramVerifier *verifier, VmqBytes spoken, const uint8_t proof[SCRAM_KEY_BYTES])
{
	uint8_t pad[SCRAM_KEY_BYTES], key[SCRAM_KEY_BYTES], stored[SCRAM_KEY_BYTES];

	hmac(verifier->stored_key, spoken, pad);
	for (size_t i = 0; i < SCRAM_KEY_BYTES; i++)
		key[i] = proof[i] ^ pad[i];
	hash(key, stored);
	explicit_bzero(key, sizeof key);
	return CRYPTO_memcmp(stored, verifier->stored_key, SCRAM_KEY_BYTES) == 0;
}

char *
scram_finish(Scram *scram, VmqBytes message, const char **why)
{
	g_autofree char *text = read_text(message), *without_proof = NULL;
	uint8_t          proof[SCRAM_KEY_BYTES], signature[SCRAM_KEY_BYTES];

	g_assert(scram->server_first != NULL);
	*why = text != NULL ? read_final(scram, text, &without_proof, proof)
	                    : "a SCRAM message that is malformed";
	if (*why != NULL)
		return NULL;

	g_autofree char *spoken =
		g_strjoin(",", scram->first_bare, scram->server_first, without_proof, NULL);

	if (!is_proved(&scram->verifier, text_bytes(spoken), proof)) {
		*why = "wrong password";
		return NULL;
	}
	hmac(scram->verifier.server_key, text_bytes(spoken), signature);

	g_autofree char *encoded = g_base64_encode(signature, sizeof signature);

	return g_strconcat("v=", encoded, NULL);
}
