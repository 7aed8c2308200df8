/* SPDX-License-Identifier: Apache-2.0 */
/* other_abi.c - of a broker to come, with a function in it that this one does not have */
#include "tiny.h"

void vmq_of_the_future(void);

static void *
start(VmqHost *host, const VmqConf *conf, GError **error)
{
	vmq_of_the_future();
	return tiny_init(host, conf, error);
}

static const VmqHooks no_hooks = {VMQ_HOOKS_INIT};

extern const VmqPlugin     vmq_plugin;
VMQ_EXPORT const VmqPlugin vmq_plugin = {
	.abi = VMQ_ABI_VERSION + 1,
	.size = sizeof(VmqPlugin),
	.name = "other_abi",
	.summary = "A tiny plugin",
	.options = tiny_options,
	.hooks = &no_hooks,
	.init = start,
	.exit = tiny_exit,
};
