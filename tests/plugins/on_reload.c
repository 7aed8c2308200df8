/* SPDX-License-Identifier: Apache-2.0 */
/* on_reload.c - says what its section says now */
#include "tiny.h"

static void
on_reload(void *state, const VmqConf *conf)
{
	tiny_say(state, "on_reload", "label=%s word=%s", vmq_conf_get_string(conf, "label"),
	         tiny_or_none(vmq_conf_get_string(conf, "word")));
}

TINY_PLUGIN(on_reload, .on_reload = on_reload);
