/* SPDX-License-Identifier: Apache-2.0 */
/* short_hooks.c - was built when the table of hooks ended after on_stopping: what lies behind is not its */
#include "tiny.h"

static void
on_reload(void *state, const VmqConf *conf)
{
	(void) conf;
	tiny_say(state, "on_reload", "called from behind the end of its table");
}

static const VmqHooks hooks = {
	.size = G_STRUCT_OFFSET(VmqHooks, on_reload),
	.on_reload = on_reload,
};

VMQ_PLUGIN_DEFINE(short_hooks, "A tiny plugin", tiny_options, &hooks, tiny_init, tiny_exit);
