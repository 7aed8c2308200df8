/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheme.h - how a password is kept: as a hash of yescrypt, or as a verifier of SCRAM
 *
 * Fails: with what is wrong with the password.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SCHEME_ITERATIONS 100000 /* of SCRAM, unless told otherwise */

typedef struct {
	bool     is_scram;
	unsigned iterations; /* of SCRAM */
} Scheme;

char *scheme_keep(const Scheme *scheme, const char *password, GError **error);

/* Whether a client of the scheme sends the name as it stands in the file. */
bool scheme_takes_user(const Scheme *scheme, const char *user, GError **error);
