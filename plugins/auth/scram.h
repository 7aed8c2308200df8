/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scram.h - the server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677)
 *
 *     client-first ->  n,,n=user,r=NONCE
 *     server-first <-  r=NONCEnonce,s=SALT,i=COUNT
 *     client-final ->  c=biws,r=NONCEnonce,p=PROOF
 *     server-final <-  v=SIGNATURE
 *
 * The password never travels, nor is it known: what is known of a user is a verifier,
 *
 *     $scram-sha-256$i=COUNT$SALT$STOREDKEY$SERVERKEY
 *
 * with the last three in Base64. There is no channel binding: who asks for it ("p=") is
 * refused; who could but takes us for unable ("y") is right, and is not.
 *
 * Pure: randomness comes from the caller.
 * Threads: any; scram_verifier_make() and scram_verifier_matches() are slow on purpose.
 * Memory:  a Scram copies what it is given.
 * Fails:   with `why`, a static string for the log.
 */
#pragma once

#include <vibemq/types.h>

#define SCRAM_METHOD "SCRAM-SHA-256"
#define SCRAM_KEY_BYTES 32u
#define SCRAM_MAX_SALT 64u
#define SCRAM_MIN_ITERATIONS 4096u /* RFC 7677, 4 */
#define SCRAM_MAX_ITERATIONS 10000000u
#define SCRAM_MAX_MESSAGE 4096u /* bytes of what a client says */

/* ---- what is known of a user ---- */

typedef struct {
	unsigned iterations;
	size_t   salt_size;
	uint8_t  salt[SCRAM_MAX_SALT];
	uint8_t  stored_key[SCRAM_KEY_BYTES], server_key[SCRAM_KEY_BYTES];
} ScramVerifier;

bool  scram_verifier_parse(const char *text, ScramVerifier *verifier);
char *scram_verifier_format(const ScramVerifier *verifier);

/* From a password; false if SASLprep does not take it (prep.h). */
bool scram_verifier_make(ScramVerifier *verifier, const char *password, VmqBytes salt,
                         unsigned iterations);

/* Takes as long for a wrong password as for the right one. */
bool scram_verifier_matches(const ScramVerifier *verifier, const char *password);

/*
 * A verifier for a user who is not there, in which nothing shows that: as many iterations
 * and as much salt as in `like`, and always the same salt for the same name and secret. No
 * proof fits it.
 */
void scram_verifier_mock(ScramVerifier *mock, const ScramVerifier *like,
                         const uint8_t secret[SCRAM_KEY_BYTES], const char *username);

/* ---- one exchange ---- */

typedef struct Scram Scram;

/* Takes the client-first message; NULL: `why`. */
Scram *scram_new(VmqBytes message, const char **why);
void   scram_free(Scram *scram); /* NULL is fine */

/* Who the client says it is, prepared. */
const char *scram_username(const Scram *scram);

/* The server-first message. `nonce` is ours: printable, no comma, and never the same twice. */
const char *scram_challenge(Scram *scram, const ScramVerifier *verifier, const char *nonce);

/* Takes the client-final message; if it proves the password, the server-final one. NULL: `why`. */
char *scram_finish(Scram *scram, VmqBytes message, const char **why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scram, scram_free)
