/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - checking a tree against tables of options, and where trees come from
 *
 * The reading face, vmq_conf_*(), is <vibemq/conf.h>.
 *
 * Fails: with file:line:column, what is wrong, and the nearest right spelling.
 */
#pragma once

#include <vibemq/conf.h>

/*
 * Every key known, every value of its type and in its range. Sections that were left out
 * are made, empty, unless they have a required key.
 */
bool conf_check(VmqConf *mapping, const VmqOption *options, GError **error);

/* The same for one of `plugins:`, whose keys `name` and `path` belong to the broker. */
bool conf_check_section(VmqConf *section, const VmqOption *options, GError **error);

/* The text of a scalar at a key, checked or not; NULL: none. */
const char *conf_text(const VmqConf *mapping, const char *key);

/*
 * The file and then the *.yaml in the folder conf.d beside it, in the order of their
 * names, one laid onto the other; then VIBEMQ__SECTION__KEY=value of the environment.
 * NULL path: only the environment. Nothing is checked yet.
 */
VmqConf *conf_load_all(const char *path, GError **error);

/*
 * Applies overrides of the environment, which is as in environ(7). What they name is not
 * known yet: a wrong key is found by the check, which then names the variable. For
 * conf_load_all(), and tests.
 */
bool conf_override(VmqConf *root, const char *const *environment, GError **error);
