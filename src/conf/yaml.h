/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - YAML text to a tree
 *
 * A subset: block and flow mappings, sequences and scalars of one document. Anchors,
 * aliases and tags are refused, for a configuration is to be read as it stands; so
 * is a key that is written twice.
 * In scalars ${VAR} is the environment's VAR, ${VAR:-text} its VAR or `text`, and
 * $$ a dollar sign.
 *
 * Fails: with file:line:column, and nothing else happens.
 */
#pragma once

#include "conf/node.h"

#define YAML_MAX_DEPTH 16
#define YAML_MAX_BYTES (4 * 1024 * 1024)
#define YAML_MAX_NODES 100000
#define YAML_MAX_TEXT (64 * 1024) /* of one scalar, after substitution */

/* An empty text is an empty mapping; "key:" is a scalar whose text is NULL. `file` is for errors. */
VmqConf *yaml_read(const char *text, size_t size, const char *file, GError **error);
