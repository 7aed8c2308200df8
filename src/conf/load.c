/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - where configuration trees come from: files, conf.d, the environment */
#include "conf/conf.h"
#include "conf/nearest.h"
#include "conf/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "VIBEMQ__"

/* No more than one byte too much is read: the path may name a device. */
static VmqConf *
read_file(const char *path, GError **error)
{
	NodePlace        place = {g_intern_string(path), 0, 0};
	FILE            *file = fopen(path, "re");
	g_autofree char *text = NULL;

	if (file == NULL) {
		node_set_error(place, error, "%s", g_strerror(errno));
		return NULL;
	}
	text = g_malloc(YAML_MAX_BYTES + 1);

	size_t size = fread(text, 1, YAML_MAX_BYTES + 1, file);
	int    failure = ferror(file) ? errno : 0;

	fclose(file);
	if (failure != 0) {
		node_set_error(place, error, "%s", g_strerror(failure));
		return NULL;
	}
	return yaml_read(text, size, path, error);
}

VmqConf *
vmq_conf_load(const char *path, const VmqOption *options, GError **error)
{
	g_autoptr(VmqConf) root = read_file(path, error);

	if (root == NULL || !conf_check(root, options, error))
		return NULL;
	return g_steal_pointer(&root);
}

/* ---- conf.d ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* That there is no such folder is usual. */
static GPtrArray *
list_folder(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) failure = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &failure);

	if (failure != NULL && !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
		if (g_str_has_suffix(name, ".yaml") && name[0] != '.')
			g_ptr_array_add(names, g_build_filename(folder, name, NULL));
	g_ptr_array_sort(names, by_name);
	return g_steal_pointer(&names);
}

static bool
lay_on_folder(VmqConf *root, const char *path, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(path);
	g_autofree char *folder = g_build_filename(parent, "conf.d", NULL);
	g_autoptr(GPtrArray) files = list_folder(folder, error);

	if (files == NULL)
		return false;
	for (guint i = 0; i < files->len; i++) {
		VmqConf *over = read_file(files->pdata[i], error);

		if (over == NULL)
			return false;
		node_merge(root, over);
	}
	return true;
}

/* ---- the environment ---- */

/* The item of a list by its name; made if no other has a name that may have been meant. */
static VmqConf *
step_into_list(VmqConf *list, const char *name, NodePlace place, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (unsigned i = 0; i < node_length(list); i++) {
		VmqConf    *item = node_entry(list, i)->value;
		const char *its = conf_text(item, "name");

		if (its != NULL && g_ascii_strcasecmp(its, name) == 0)
			return item;
		if (its != NULL)
			g_ptr_array_add(names, (char *) its);
	}
	g_ptr_array_add(names, NULL);

	const char *near = nearest_word(name, (const char *const *) names->pdata);

	if (near != NULL) {
		node_set_error(place, error, "there is no \"%s\", did you mean \"%s\"?", name,
		               near);
		return NULL;
	}

	VmqConf *item = node_new(NODE_MAPPING, place);

	node_add(item, "name", place, node_new_scalar(name, place));
	node_add(list, NULL, place, item);
	return item;
}

/* The section or list at a key; made if it is not there. */
static VmqConf *
step_into(VmqConf *mapping, const char *key, NodePlace place)
{
	NodeEntry *entry = node_find(mapping, key);

	if (entry != NULL && entry->value->kind != NODE_SCALAR)
		return entry->value;

	/* Of the top level only `plugins` is a list whose items have names. */
	VmqConf *made = node_new(g_str_equal(key, "plugins") ? NODE_SEQUENCE : NODE_MAPPING, place);

	if (entry != NULL) {
		vmq_conf_free(entry->value);
		entry->value = made;
	} else {
		node_add(mapping, key, place, made);
	}
	return made;
}

/* An empty value is as if the key were left out. */
static void
set_scalar(VmqConf *mapping, const char *key, const char *value, NodePlace place)
{
	NodeEntry *entry = node_find(mapping, key);
	VmqConf   *scalar = node_new_scalar(*value != '\0' ? value : NULL, place);

	if (entry != NULL) {
		vmq_conf_free(entry->value);
		entry->value = scalar;
		entry->place = place;
	} else {
		node_add(mapping, key, place, scalar);
	}
}

/* VIBEMQ__PLUGINS__CLUSTER__NODE_ID=a: plugins, the one named cluster, node_id. */
static bool
override(VmqConf *root, const char *name, const char *value, GError **error)
{
	g_autofree char *lower = g_ascii_strdown(name + strlen(PREFIX), -1);
	g_auto(GStrv) steps = g_strsplit(lower, "__", -1);
	unsigned  n = g_strv_length(steps);
	VmqConf  *node = root;
	NodePlace place = {g_intern_string(name), 0, 0};

	if (n == 0 || n > YAML_MAX_DEPTH) {
		node_set_error(place, error, "write " PREFIX "SECTION__KEY");
		return false;
	}
	if (!g_utf8_validate(value, -1, NULL)) {
		node_set_error(place, error, "not UTF-8");
		return false;
	}
	for (unsigned i = 0; i + 1 < n; i++) {
		node = node->kind == NODE_SEQUENCE ? step_into_list(node, steps[i], place, error)
		                                   : step_into(node, steps[i], place);
		if (node == NULL)
			return false;
	}
	if (node->kind != NODE_MAPPING) {
		node_set_error(place, error,
		               "names a list, write " PREFIX "PLUGINS__<name>__<key>");
		return false;
	}
	set_scalar(node, steps[n - 1], value, place);
	return true;
}

bool
conf_override(VmqConf *root, const char *const *environment, GError **error)
{
	for (const char *const *at = environment; at != NULL && *at != NULL; at++) {
		const char *equals = strchr(*at, '=');

		if (!g_str_has_prefix(*at, PREFIX) || equals == NULL)
			continue;

		g_autofree char *name = g_strndup(*at, (gsize) (equals - *at));

		if (!override(root, name, equals + 1, error))
			return false;
	}
	return true;
}

VmqConf *
conf_load_all(const char *path, GError **error)
{
	g_auto(GStrv) environment = g_get_environ();
	g_autoptr(VmqConf) root = path != NULL
	                                  ? read_file(path, error)
	                                  : node_new(NODE_MAPPING, (NodePlace){"no file", 0, 0});

	if (root == NULL || (path != NULL && !lay_on_folder(root, path, error)) ||
	    !conf_override(root, (const char *const *) environment, error))
		return NULL;
	return g_steal_pointer(&root);
}
