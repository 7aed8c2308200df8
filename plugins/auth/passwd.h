/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd.h - the password file
 *
 * Lines of "user:hash"; empty lines and those that begin with # are passed over.
 * What is neither fails the whole file, for a line that is skipped is a user who
 * cannot come in and nobody knows why. See hash.h for the hashes.
 *
 * Threads: a Passwd is not changed after loading: any.
 * Memory:  strings live as long as the Passwd.
 */
#pragma once

#include "scram.h"

#include <vibemq/types.h>

typedef struct Passwd Passwd;

/* NULL with file:line in `error`, which never repeats a hash: it might be a password. */
Passwd *passwd_load(const char *path, GError **error);
Passwd *passwd_parse(VmqBytes text, const char *path, GError **error);
void    passwd_free(Passwd *passwd); /* NULL is fine */

unsigned passwd_count(const Passwd *passwd);

/* The user's hash, NULL: no such user. */
const char *passwd_find(const Passwd *passwd, const char *user);

/*
 * Somebody's hash, always the same for the same unknown name: verified and the
 * result ignored, it makes an unknown user cost what a known one costs. NULL when
 * there are no users, and so nothing to hide.
 */
const char *passwd_decoy(const Passwd *passwd, const char *user);

/*
 * The user's SCRAM verifier. False: there is none, and what is filled in is a mock of one.
 * Only if anybody has one: passwd_has_scram(). The mocks' secret is made of the first two
 * users' verifiers, so that it is the same on every node that has the file, stays the same
 * when users are added, and is known to no single user.
 */
bool passwd_has_scram(const Passwd *passwd);
bool passwd_find_scram(const Passwd *passwd, const char *user, ScramVerifier *verifier);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Passwd, passwd_free)
