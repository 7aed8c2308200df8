/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the configuration tree, and the table of options that it must fit
 *
 * A plugin declares its keys in a table. Before init() is called the broker has
 * checked the plugin's section against it: no unknown key, every value of its
 * type and in its range; so the getters below cannot fail, and a key that was
 * left out has the table's default. A default lives in the table and nowhere
 * else.
 *
 * Threads: the tree is read-only after loading; any thread may read it until
 *          the hook or init() that it was handed to returns.
 * Memory:  strings live as long as the tree.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqConf VmqConf; /* one node of the tree: a mapping, a sequence or a scalar */

typedef enum {
	VMQ_OPTION_STRING,   /* at most max bytes */
	VMQ_OPTION_BOOL,     /* true, false, yes, no, on, off */
	VMQ_OPTION_INT,      /* decimal, within min..max */
	VMQ_OPTION_DURATION, /* a number with a unit: 250ms, 30s, 5m, 24h, 7d; kept in ms */
	VMQ_OPTION_SIZE,     /* a number with a unit: 512, 64KiB, 1MiB, 2GiB (or kB, MB, GB); in bytes */
	VMQ_OPTION_ADDRESS,  /* host:port, 192.0.2.1:1883, [2001:db8::1]:1883 */
	VMQ_OPTION_ENUM,     /* one of `choices` */
	VMQ_OPTION_LIST,     /* a sequence of scalars; a single scalar is a list of one */
	VMQ_OPTION_SECTION,  /* a mapping with a table of its own, `section` */
	VMQ_OPTION_SECTIONS, /* a sequence of such mappings */
} VmqOptionType;

typedef struct VmqOption VmqOption;
struct VmqOption {
	const char        *key;
	VmqOptionType      type;
	const char        *fallback; /* as one would write it in YAML; NULL: none (and unset reads NULL or 0) */
	int64_t            min, max; /* INT, DURATION (ms), SIZE (bytes), STRING (bytes of it); both 0: no bound */
	const char *const *choices;  /* ENUM: NULL-terminated */
	const VmqOption   *section;  /* SECTION, SECTIONS */
	const char        *help;     /* one line */
	bool               required;
	bool               reload;   /* SIGHUP may change it while running */
};

#define VMQ_OPTIONS_END { .key = NULL }

/* Getters take a mapping and one of its keys, as declared in the table. */
VMQ_EXPORT const char *vmq_conf_get_string(const VmqConf *conf, const char *key);
VMQ_EXPORT bool        vmq_conf_get_bool(const VmqConf *conf, const char *key);
VMQ_EXPORT int64_t     vmq_conf_get_int(const VmqConf *conf, const char *key); /* INT, DURATION, SIZE */
VMQ_EXPORT bool        vmq_conf_has(const VmqConf *conf, const char *key); /* written, not defaulted */

/* The node at a key, or NULL: for LIST, SECTION and SECTIONS. */
VMQ_EXPORT const VmqConf *vmq_conf_get(const VmqConf *conf, const char *key);

/* Walking a sequence; `vmq_conf_scalar` is the text of a scalar node. */
VMQ_EXPORT unsigned       vmq_conf_length(const VmqConf *list);
VMQ_EXPORT const VmqConf *vmq_conf_at(const VmqConf *list, unsigned i);
VMQ_EXPORT const char    *vmq_conf_scalar(const VmqConf *node);

/*
 * Reads a further YAML file (an ACL, say) and checks it against `options`.
 * NULL with file:line:column in `error` if that fails. Free with vmq_conf_free().
 */
VMQ_EXPORT VmqConf *vmq_conf_load(const char *path, const VmqOption *options, GError **error);
VMQ_EXPORT void     vmq_conf_free(VmqConf *conf);

/* "etc/vibemqd.yaml:12:9: node_id: <complaint>", for what a table cannot say. `key` may be NULL. */
VMQ_EXPORT void vmq_conf_set_error(const VmqConf *conf, GError **error, const char *key,
                                   const char *format, ...) G_GNUC_PRINTF(4, 5);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmqConf, vmq_conf_free)

G_END_DECLS
