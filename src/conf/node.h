/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - the configuration as a tree, every node of which knows where it was written
 *
 * Owner:   whoever loaded it.        Threads: read-only once loaded.
 */
#pragma once

#include <vibemq/conf.h>

typedef enum { NODE_SCALAR, NODE_MAPPING, NODE_SEQUENCE } NodeKind;

/* Where something was written; in the environment, `file` is the variable and `line` is 0. */
typedef struct {
	const char *file; /* interned */
	unsigned    line, column;
} NodePlace;

typedef struct {
	char     *key; /* NULL in a sequence */
	NodePlace place;
	VmqConf  *value;
} NodeEntry;

struct VmqConf {
	NodeKind         kind;
	NodePlace        place;
	char            *text;    /* scalar; NULL: written as null */
	GArray          *entries; /* of NodeEntry; mapping and sequence */
	GHashTable      *index;   /* mapping: key to number of its entry */
	const VmqOption *options; /* of a mapping, once it was checked */
};

/* node_add() takes the value. */
VmqConf   *node_new(NodeKind kind, NodePlace place);
VmqConf   *node_new_scalar(const char *text, NodePlace place);
void       node_add(VmqConf *node, const char *key, NodePlace place, VmqConf *value);
unsigned   node_length(const VmqConf *node);
NodeEntry *node_entry(const VmqConf *node, unsigned i);
NodeEntry *node_find(const VmqConf *mapping, const char *key); /* NULL: not there */

/* Was a value written, and not left empty or null? */
bool node_has_value(const VmqConf *node);

/*
 * Lays `over` onto `base`: mappings key by key, scalars replaced, sequences appended;
 * but mappings in a sequence that have the same `name` are one. A key without a value
 * changes nothing. Takes `over`.
 */
void node_merge(VmqConf *base, VmqConf *over);

/* "file:line:column: " and the complaint. */
void node_set_error(NodePlace place, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
