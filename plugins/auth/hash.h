/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - passwords against their hashes
 *
 * Known are those of crypt(5) that are not legacy: $y$ yescrypt, $gy$, $7$ scrypt,
 * $2a$ $2b$ $2y$ bcrypt, $6$ and $5$; and the two that mosquitto_passwd(1) writes:
 *
 *     $7$iterations$salt$hash    PBKDF2 with HMAC-SHA512
 *     $6$salt$hash               SHA512 of password and salt, once
 *
 * and a verifier of SCRAM-SHA-256, see scram.h. mosquitto's have crypt's numbers by
 * accident. They are told apart by their hash: mosquitto's is the Base64 of 64 bytes and
 * so ends with "==", and "=" occurs in no hash of crypt's.
 *
 * Threads: any. hash_verify() is slow on purpose: never on a worker.
 */
#pragma once

#include <vibemq/types.h>

/* A password is shorter than this; crypt(3) takes no longer ones. */
#define HASH_MAX_PASSWORD 512u

/* Whether the text is one whole hash of a known kind. */
bool hash_is_known(const char *hash);

/* Takes as long for a wrong password as for the right one. */
bool hash_verify(const char *hash, const char *password);
