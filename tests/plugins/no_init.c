/* SPDX-License-Identifier: Apache-2.0 */
/* no_init.c - forgot the one function that it must have */
#include "tiny.h"

static const VmqHooks no_hooks = {VMQ_HOOKS_INIT};

VMQ_PLUGIN_DEFINE(no_init, "A tiny plugin", tiny_options, &no_hooks, NULL, tiny_exit);
