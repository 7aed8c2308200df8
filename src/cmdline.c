/* SPDX-License-Identifier: Apache-2.0 */
/* cmdline.c - what vibemqd is called with */
#include "cmdline.h"

bool
cmdline_parse(int *argc, char ***argv, Cmdline *cmdline, GError **error)
{
	gboolean     check = FALSE, version = FALSE;
	int          port = G_MININT; /* not given */
	GOptionEntry entries[] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &cmdline->config_file,
                 "Read the configuration from FILE", "FILE"},
		{"port", 'p', 0, G_OPTION_ARG_INT, &port,
                 "Listen on 127.0.0.1:PORT, whatever the configuration says", "PORT"},
		{"check-config", 0, 0, G_OPTION_ARG_NONE, &check,
                 "Say whether the configuration is right, and exit", NULL},
		{"debug", 0, 0, G_OPTION_ARG_STRING, &cmdline->debug,
                 "Log what these areas do: conn,gossip*", "GLOB"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and exit", NULL},
		{NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- MQTT broker that clusters");

	*cmdline = (Cmdline){0};
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	cmdline->check_config = check;
	cmdline->version = version;
	if (*argc > 1) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		            "\"%s\" is no option; a configuration file goes with -c", (*argv)[1]);
		return false;
	}
	if (port != G_MININT && (port < 1 || port > 65535)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		            "%d is not a port: 1 to 65535", port);
		return false;
	}
	cmdline->port = port != G_MININT ? port : 0;
	return true;
}

void
cmdline_clear(Cmdline *cmdline)
{
	g_free(cmdline->config_file);
	g_free(cmdline->debug);
}
