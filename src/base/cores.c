/* SPDX-License-Identifier: Apache-2.0 */
/* cores.c - how many cores this process may use */
#include "base/cores.h"

#include <glib.h>

#include <stdbool.h>
#include <string.h>

/* What one group, by its folder, gives time for; those above it are others. */
typedef unsigned (*ReadBound)(const char *group);

static unsigned
cores_of(gint64 quota_us, gint64 period_us)
{
	if (quota_us <= 0 || period_us <= 0 || quota_us / period_us >= INT_MAX)
		return CORES_NO_BOUND;
	return (unsigned) ((quota_us - 1) / period_us) + 1;
}

static char *
read_file(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	char            *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* "150000 100000", or "max 100000" */
static unsigned
read_v2(const char *group)
{
	g_autofree char *text = read_file(group, "cpu.max");
	char            *period = NULL;
	gint64           quota_us = g_ascii_strtoll(text, &period, 10);

	return cores_of(quota_us, g_ascii_strtoll(period, NULL, 10));
}

/* A quota of -1 is none. */
static unsigned
read_v1(const char *group)
{
	g_autofree char *quota = read_file(group, "cpu.cfs_quota_us");
	g_autofree char *period = read_file(group, "cpu.cfs_period_us");

	return cores_of(g_ascii_strtoll(quota, NULL, 10), g_ascii_strtoll(period, NULL, 10));
}

/*
 * The least of a group and those above it. In a container its own group may be mounted at the top,
 * though the path is still that of the machine: then only the top is there.
 */
static unsigned
least_on_path(const char *mount, const char *path, ReadBound read)
{
	g_autofree char *group = g_build_filename(mount, path, NULL);
	unsigned         least = CORES_NO_BOUND;

	while (strlen(group) >= strlen(mount)) {
		unsigned bound = read(group);

		least = MIN(least, bound);
		*strrchr(group, '/') = '\0';
	}
	return least;
}

/* "0::/path" is version 2, "4:cpu,cpuacct:/path" what version 1 has for the CPU. */
static unsigned
bound_of_line(const char *root, const char *line)
{
	g_auto(GStrv) parts = g_strsplit(line, ":", 3);

	if (g_strv_length(parts) != 3 || strstr(parts[2], "/..") != NULL)
		return CORES_NO_BOUND;

	g_auto(GStrv) controllers = g_strsplit(parts[1], ",", -1);
	bool is_v1 = g_strv_contains((const char *const *) controllers, "cpu");

	if (!is_v1 && !g_str_equal(parts[0], "0"))
		return CORES_NO_BOUND;

	g_autofree char *mount =
		g_build_filename(root, "sys/fs/cgroup", is_v1 ? "cpu" : NULL, NULL);

	return least_on_path(mount, parts[2], is_v1 ? read_v1 : read_v2);
}

unsigned
cores_in_control_group(const char *root)
{
	g_autofree char *text = read_file(root, "proc/self/cgroup");
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	unsigned least = CORES_NO_BOUND;

	for (char **line = lines; *line != NULL; line++) {
		unsigned bound = bound_of_line(root, *line);

		least = MIN(least, bound);
	}
	return least;
}

unsigned
cores_available(void)
{
	unsigned allowed = g_get_num_processors(), bound = cores_in_control_group("/");

	return MIN(allowed, bound);
}
