/* SPDX-License-Identifier: Apache-2.0 */
/* unresolved.c - fits, but calls a function that nobody has */
#include "tiny.h"

void vmq_of_nobody(void);

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	vmq_of_nobody();
	return tiny_init(host, conf, error);
}

static const VmqHooks no_hooks = {VMQ_HOOKS_INIT};

VMQ_PLUGIN_DEFINE(unresolved, "A tiny plugin", tiny_options, &no_hooks, start, tiny_exit);
