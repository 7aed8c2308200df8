/* SPDX-License-Identifier: Apache-2.0 */

#include "passwd/scheme.h"

#include "prep.h"
#include "scram.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SALT_BYTES 16

static bool
refuse(GError **error, const char *what)
{
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, what);
	return false;
}

static bool
check_password(const char *password, GError **error)
{
	if (password[0] == '\0')
		return refuse(error, "the password is empty");
	if (strlen(password) >= CRYPT_MAX_PASSPHRASE_SIZE)
		return refuse(error, "the password is longer than 511 bytes");
	return true;
}

/* yescrypt, at the cost that the system's libcrypt thinks right. */
static char *
make_yescrypt(const char *password, GError **error)
{
	char               setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data = g_new0(struct crypt_data, 1);
	char              *hash = NULL;

	if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting) != NULL) {
		const char *made = crypt_r(password, setting, data);

		hash = made != NULL && made[0] == '$' ? g_strdup(made) : NULL;
	}
	if (hash == NULL)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
		            "cannot hash the password: %s", g_strerror(errno));
	explicit_bzero(data, sizeof *data);
	g_free(data);
	return hash;
}

static char *
make_scram(const char *password, unsigned iterations, GError **error)
{
	uint8_t       salt[SALT_BYTES];
	ScramVerifier verifier;

	if (getrandom(salt, sizeof salt, 0) != (ssize_t) sizeof salt) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot make a salt: %s",
		            g_strerror(errno));
		return NULL;
	}
	if (!scram_verifier_make(&verifier, password, (VmqBytes){salt, sizeof salt}, iterations)) {
		refuse(error, "the password is not UTF-8, or holds a character that SCRAM does not "
		              "allow");
		return NULL;
	}
	return scram_verifier_format(&verifier);
}

char *
scheme_keep(const Scheme *scheme, const char *password, GError **error)
{
	if (!check_password(password, error))
		return NULL;
	return scheme->is_scram ? make_scram(password, scheme->iterations, error)
	                        : make_yescrypt(password, error);
}

bool
scheme_takes_user(const Scheme *scheme, const char *user, GError **error)
{
	g_autofree char *prepared = scheme->is_scram ? prep_text(user) : NULL;

	if (!scheme->is_scram || g_strcmp0(prepared, user) == 0)
		return true;
	if (prepared == NULL)
		return refuse(error, "the user name holds a character that SCRAM does not allow");
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
	            "SCRAM clients write this user name as \"%s\"", prepared);
	return false;
}
