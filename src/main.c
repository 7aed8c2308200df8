/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - vibemqd: from the command line to a running broker */
#include "base/log.h"
#include "broker.h"
#include "cmdline.h"
#include "conf/conf.h"
#include "plugin.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>

/* sysexits.h: what the user can mend in the configuration, and on the command line. */
#define EXIT_CONFIG 78
#define EXIT_USAGE  64

static char *port_address; /* of -p, as long as the process lives */

static VmqConf *
load(void *data, Settings *settings, GError **error)
{
	const Cmdline *cmdline = data;
	g_autoptr(VmqConf) conf = conf_load_all(cmdline->config_file, error);

	if (conf == NULL || !settings_read(conf, settings, error))
		return NULL;
	if (port_address != NULL) {
		settings->listeners[0].address = port_address;
		settings->n_listeners = 1;
		settings->by_default = false;
	}
	return g_steal_pointer(&conf);
}

/* Everything that can be wrong without starting: plugins, their options, files they read. */
static int
check_config(const Cmdline *cmdline)
{
	g_autoptr(GError) error = NULL;
	Settings settings;
	g_autoptr(VmqConf) conf = load((void *) cmdline, &settings, &error);
	bool is_right = conf != NULL && plugins_load((VmqConf *) vmq_conf_get(conf, "plugins"), &error);

	plugins_unload();
	if (!is_right) {
		fprintf(stderr, "%s\n", error->message);
		return EXIT_CONFIG;
	}
	printf("%s: the configuration is right\n",
	       cmdline->config_file != NULL ? cmdline->config_file : "no file");
	return EXIT_SUCCESS;
}

static int
run(Cmdline *cmdline)
{
	g_autoptr(GError) error = NULL;
	Settings     settings;
	BrokerReload reload = {load, cmdline};
	VmqConf     *conf = load(cmdline, &settings, &error);

	if (conf == NULL || !plugins_load((VmqConf *) vmq_conf_get(conf, "plugins"), &error)) {
		fprintf(stderr, "vibemqd: %s\n", error->message);
		plugins_unload();
		vmq_conf_free(conf);
		return EXIT_CONFIG;
	}
	log_set_level(settings.log_level);
	if (cmdline->debug != NULL)
		log_set_debug(cmdline->debug);
	vmq_info("broker", "vibemqd " PACKAGE_VERSION ", configuration: %s",
	         cmdline->config_file != NULL ? cmdline->config_file : "no file");
	if (settings.by_default)
		vmq_info("broker",
		         "clients on this machine only, at " SETTINGS_DEFAULT_ADDRESS
		         "; to open it to others write \"listeners: [{address: 0.0.0.0:1883}]\" "
		         "into a file and start with -c FILE");
	return broker_run(conf, &settings, &reload);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Cmdline cmdline;
	int     status = EXIT_SUCCESS;

	if (!cmdline_parse(&argc, &argv, &cmdline, &error)) {
		fprintf(stderr, "vibemqd: %s\n", error->message);
		return EXIT_USAGE;
	}
	if (cmdline.port != 0)
		port_address = g_strdup_printf("127.0.0.1:%d", cmdline.port);

	if (cmdline.version)
		printf("vibemqd %s\n", PACKAGE_VERSION);
	else
		status = cmdline.check_config ? check_config(&cmdline) : run(&cmdline);
	cmdline_clear(&cmdline);
	g_free(port_address);
	return status;
}
