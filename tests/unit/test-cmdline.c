/* SPDX-License-Identifier: Apache-2.0 */
#include "cmdline.h"
#include "unit.h"

#include <string.h>

/* Parses "vibemqd" and the words of `line`. */
static bool
parse(const char *line, Cmdline *cmdline, GError **error)
{
	g_autofree char *whole = g_strconcat("vibemqd ", line, NULL);
	g_auto(GStrv) words = g_strsplit(g_strchomp(whole), " ", -1);
	int argc = (int) g_strv_length(words);

	/* GOption moves the words about; these are freed from a copy. */
	g_autofree char **argv = g_memdup2(words, sizeof(char *) * ((size_t) argc + 1));
	char            **at = argv;

	return cmdline_parse(&argc, &at, cmdline, error);
}

START_TEST(without_arguments_nothing_is_asked_for)
{
	Cmdline cmdline;

	ck_assert(parse("", &cmdline, NULL));
	ck_assert_ptr_null(cmdline.config_file);
	ck_assert_ptr_null(cmdline.debug);
	ck_assert_int_eq(cmdline.port, 0);
	ck_assert(!cmdline.check_config && !cmdline.version);
	cmdline_clear(&cmdline);
}
END_TEST

START_TEST(every_option_is_understood)
{
	Cmdline cmdline;

	ck_assert(parse("-c /etc/x.yaml -p 1884 --check-config --debug conn,gossip* --version",
	                &cmdline, NULL));
	ck_assert_str_eq(cmdline.config_file, "/etc/x.yaml");
	ck_assert_str_eq(cmdline.debug, "conn,gossip*");
	ck_assert_int_eq(cmdline.port, 1884);
	ck_assert(cmdline.check_config && cmdline.version);
	cmdline_clear(&cmdline);
}
END_TEST

START_TEST(long_names_are_understood_too)
{
	Cmdline cmdline;

	ck_assert(parse("--config=x.yaml --port=65535", &cmdline, NULL));
	ck_assert_str_eq(cmdline.config_file, "x.yaml");
	ck_assert_int_eq(cmdline.port, 65535);
	cmdline_clear(&cmdline);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const struct {
		const char *line, *complaint;
	} lines[] = {
		{"-p 0", "0 is not a port: 1 to 65535"},
		{"-p -1", "-1 is not a port: 1 to 65535"},
		{"-p 65536", "65536 is not a port: 1 to 65535"},
		{"x.yaml", "\"x.yaml\" is no option; a configuration file goes with -c"},
		{"-c a.yaml b.yaml", "\"b.yaml\" is no option; a configuration file goes with -c"},
		{"--confg x", "Unknown option --confg"},
	};

	g_setenv("LC_ALL", "C", TRUE); /* GLib's own complaints */
	for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(GError) error = NULL;
		Cmdline cmdline;

		ck_assert_msg(!parse(lines[i].line, &cmdline, &error), "%s", lines[i].line);
		ck_assert_str_eq(error->message, lines[i].complaint);
		cmdline_clear(&cmdline);
	}
}
END_TEST

UNIT_MAIN("cmdline", without_arguments_nothing_is_asked_for, every_option_is_understood,
          long_names_are_understood_too, what_is_wrong_is_said)
