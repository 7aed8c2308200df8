/* SPDX-License-Identifier: Apache-2.0 */
/* fails.c - does not start: with the word "aloud" it says why, otherwise it does not */
#include "tiny.h"

static void *
fail(VmqHost *host, const VmqConf *conf, GError **error)
{
	(void) host;
	if (g_strcmp0(vmq_conf_get_string(conf, "word"), "aloud") == 0)
		vmq_conf_set_error(conf, error, "word", "it is not my day");
	return NULL;
}

static const VmqHooks no_hooks = {VMQ_HOOKS_INIT};

VMQ_PLUGIN_DEFINE(fails, "A tiny plugin", tiny_options, &no_hooks, fail, tiny_exit);
