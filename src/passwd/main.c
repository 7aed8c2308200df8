/* SPDX-License-Identifier: Apache-2.0 */
/* vibemq-passwd - makes and changes the password file of the auth plugin */

#include "passwd/prompt.h"
#include "passwd/scheme.h"
#include "passwd/userfile.h"

#include "scram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

typedef struct {
	gboolean create, remove, convert, batch, scram, version;
	int      iterations;
} Options;

static int
fail(const char *what)
{
	fprintf(stderr, "vibemq-passwd: %s\n", what);
	return EXIT_FAILURE;
}

static int
fail_usage(const char *what)
{
	fprintf(stderr, "vibemq-passwd: %s; --help shows the usage\n", what);
	return EXIT_USAGE;
}

static bool
refuse(GError **error, const char *what)
{
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, what);
	return false;
}

/* What the file can hold and the broker will find. */
static bool
check_user(const char *user, GError **error)
{
	if (user[0] == '\0')
		return refuse(error, "the user name is empty");
	if (user[0] == '#')
		return refuse(error, "a user name that begins with # would be a comment");
	if (strchr(user, ':') != NULL)
		return refuse(error, "a user name cannot hold a colon");
	if (!g_utf8_validate(user, -1, NULL))
		return refuse(error, "the user name is not UTF-8");
	for (; *user != '\0'; user++) {
		if (g_ascii_iscntrl(*user))
			return refuse(error, "a user name cannot hold control characters");
	}
	return true;
}

/* The password that the command line or standard input gives, as a hash. */
static char *
take_hash(const Scheme *scheme, const char *user, char *argument, GError **error)
{
	char *password = argument;

	if (argument != NULL)
		fprintf(stderr,
		        "vibemq-passwd: warning: with -b, other users of this machine can see the "
		        "password in the list of processes\n");
	else
		password = prompt_password(user, error);
	if (password == NULL)
		return NULL;

	char *hash = scheme_keep(scheme, password, error);

	if (argument != NULL)
		explicit_bzero(argument, strlen(argument));
	else
		prompt_wipe(password);
	return hash;
}

static bool
set_user(const Options *options, const Scheme *scheme, char **argv, GError **error)
{
	const char *path = argv[0], *user = argv[1];

	if (!check_user(user, error) || !scheme_takes_user(scheme, user, error))
		return false;

	g_autofree char *hash = take_hash(scheme, user, options->batch ? argv[2] : NULL, error);

	if (hash == NULL)
		return false;

	g_autoptr(UserFile) file =
		options->create ? userfile_create(path, error) : userfile_open(path, error);

	if (file == NULL) {
		if (!options->create &&
		    g_error_matches(*error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			g_prefix_error(error, "use -c to create the file: ");
		return false;
	}
	userfile_set(file, user, hash);
	return userfile_save(file, error);
}

static bool
remove_user(const char *path, const char *user, GError **error)
{
	g_autoptr(UserFile) file = userfile_open(path, error);

	if (file == NULL)
		return false;
	if (!userfile_remove(file, user)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
		            "there is no user \"%s\" in %s", user, path);
		return false;
	}
	return userfile_save(file, error);
}

static char *
on_convert(const char *user, const char *password, const void *scheme, GError **error)
{
	if (!scheme_takes_user(scheme, user, error))
		return NULL;
	return scheme_keep(scheme, password, error);
}

static bool
convert(const Scheme *scheme, const char *path, GError **error)
{
	g_autoptr(UserFile) file = userfile_open(path, error);
	UserFileCounts counts;

	if (file == NULL || !userfile_convert(file, on_convert, scheme, &counts, error) ||
	    !userfile_save(file, error))
		return false;
	printf("%u converted, %u were hashes already\n", counts.converted, counts.kept);
	return true;
}

/* What is wrong with the options and the `n` arguments, or NULL. */
static const char *
find_fault(const Options *options, int n)
{
	if (options->create + options->remove + options->convert > 1)
		return "only one of -c, -D and -U may be given";
	if (options->remove && options->scram)
		return "-s is for setting passwords";
	if (options->iterations != SCHEME_ITERATIONS && !options->scram)
		return "-i goes with -s";
	if (options->iterations < (int) SCRAM_MIN_ITERATIONS ||
	    options->iterations > (int) SCRAM_MAX_ITERATIONS)
		return "-i takes a number from 4096 to 10000000";
	if (options->batch && (options->remove || options->convert))
		return "-b is for setting a password";
	if (options->convert)
		return n == 1 ? NULL : "-U takes a file";
	if (options->batch)
		return n == 3 ? NULL : "-b takes a file, a user and a password";
	if (n == 3)
		return "a password on the command line takes -b";
	return n == 2 ? NULL : "give a file and a user";
}

static bool
run(const Options *options, char **argv, GError **error)
{
	const Scheme scheme = {options->scram, (unsigned) options->iterations};

	if (options->convert)
		return convert(&scheme, argv[0], error);
	if (options->remove)
		return remove_user(argv[0], argv[1], error);
	return set_user(options, &scheme, argv, error);
}

int
main(int argc, char **argv)
{
	Options            options = {.iterations = SCHEME_ITERATIONS};
	const GOptionEntry entries[] = {
		{"create", 'c', 0, G_OPTION_ARG_NONE, &options.create,
	         "Create the file, with this user", NULL},
		{"delete", 'D', 0, G_OPTION_ARG_NONE, &options.remove, "Delete the user", NULL},
		{"convert", 'U', 0, G_OPTION_ARG_NONE, &options.convert,
	         "Turn a file of user:password into one of hashes", NULL},
		{"batch", 'b', 0, G_OPTION_ARG_NONE, &options.batch,
	         "Take the password from the command line, where others can see it", NULL},
		{"scram", 's', 0, G_OPTION_ARG_NONE, &options.scram,
	         "Keep it as a verifier for SCRAM-SHA-256", NULL},
		{"iterations", 'i', 0, G_OPTION_ARG_INT, &options.iterations,
	         "How often a SCRAM verifier is hashed (100000)", "N"},
		{"version", 'V', 0, G_OPTION_ARG_NONE, &options.version, "Show the version", NULL},
		{NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("FILE [USER [PASSWORD]]");
	g_autoptr(GError) error = NULL;

	g_option_context_set_summary(context,
	                             "Sets a user's password in a password file of vibemqd.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		return fail_usage(error->message);
	if (options.version) {
		printf("vibemq-passwd %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}

	/* GOption leaves a "--" that ends the options where it was. */
	int         first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	const char *fault = find_fault(&options, argc - first);

	if (fault != NULL)
		return fail_usage(fault);
	return run(&options, argv + first, &error) ? EXIT_SUCCESS : fail(error->message);
}
