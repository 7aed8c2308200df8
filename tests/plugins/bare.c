/* SPDX-License-Identifier: Apache-2.0 */
/* bare.c - as little as a plugin can be: no options, no hooks, nothing to free */
#include <vibemq/plugin.h>

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	(void) conf;
	(void) error;
	vmq_info("tiny", "bare init");
	return host;
}

VMQ_PLUGIN_DEFINE(bare, "A tiny plugin", NULL, NULL, start, NULL);
