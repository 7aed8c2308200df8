/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - finds plugins, checks that they fit, and brings them to life in order
 *
 * A plugin is a shared object with one symbol, vmq_plugin. It is looked for as
 * <name>.so in $VMQ_PLUGIN_DIR or the directory the daemon was built for, or at
 * the `path` of its section.
 *
 * Owner:   main.c loads, broker.c does the rest.   Threads: control.
 * Fails:   with file:line:column of the section, or of the key that is wrong.
 */
#pragma once

#include <vibemq/plugin.h>

/* Opens all that the sequence `plugins:` names, and checks ABI and options. NULL list: none. */
bool plugins_load(VmqConf *list, GError **error);

/* Calls init() in order, and opens the hooks. On failure those before it are left for plugins_exit(). */
bool plugins_init(GError **error);

/* on_reload() for each with its new section; sections that fail their check change nothing. */
bool plugins_check_reload(VmqConf *list, GError **error);
void plugins_reload(VmqConf *list);

void plugins_exit(void);   /* exit() in reverse, of those whose init() succeeded; hooks are closed by then */
void plugins_unload(void); /* after the workers have ended */

/* What some plugin still waits for, or NULL. */
const char *plugins_waiting(void);
unsigned    plugins_holding(void); /* how many ask a stopping broker to wait */
