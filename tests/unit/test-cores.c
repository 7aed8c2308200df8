/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cores.h"
#include "unit.h"

#include <glib.h>
#include <glib/gstdio.h>

static char *root;

/* Writes a file below the root, and the folders that it needs. */
static void
put(const char *path, const char *text)
{
	g_autofree char *file = g_build_filename(root, path, NULL);
	g_autofree char *folder = g_path_get_dirname(file);

	ck_assert_int_eq(g_mkdir_with_parents(folder, 0700), 0);
	ck_assert(g_file_set_contents(file, text, -1, NULL));
}

static void
remove_all(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);

	for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		remove_all(inside);
	}
	if (dir != NULL)
		g_dir_close(dir);
	g_remove(path);
}

static void
setup(const char *groups)
{
	root = g_dir_make_tmp("cores-XXXXXX", NULL);
	ck_assert_ptr_nonnull(root);
	put("proc/self/cgroup", groups);
}

static void
teardown(void)
{
	remove_all(root);
	g_free(root);
}

START_TEST(there_is_one_at_least)
{
	ck_assert_uint_ge(cores_available(), 1);
	ck_assert_uint_le(cores_available(), g_get_num_processors());
}
END_TEST

START_TEST(a_quota_is_rounded_up)
{
	static const struct {
		const char *text;
		unsigned    cores;
	} cases[] = {
		{"max 100000\n", CORES_NO_BOUND},
		{"200000 100000\n", 2},
		{"150000 100000\n", 2},
		{"50000 100000\n", 1},
		{"1000 100000\n", 1},
		{"200001 100000\n", 3},
	};

	setup("0::/\n");
	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		put("sys/fs/cgroup/cpu.max", cases[i].text);
		ck_assert_uint_eq(cores_in_control_group(root), cases[i].cores);
	}
	teardown();
}
END_TEST

START_TEST(the_least_of_a_group_and_those_above_it_counts)
{
	setup("0::/system.slice/vibemqd.service\n");
	put("sys/fs/cgroup/system.slice/vibemqd.service/cpu.max", "400000 100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 4);
	put("sys/fs/cgroup/system.slice/cpu.max", "300000 100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 3);
	put("sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 4);
	put("sys/fs/cgroup/other.slice/cpu.max", "100000 100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 4);
	teardown();
}
END_TEST

START_TEST(version_1_has_two_files_and_minus_one)
{
	setup("8:memory:/a\n4:cpu,cpuacct:/a/b\n0::/\n");
	put("sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "250000\n");
	put("sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 3);
	put("sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
	ck_assert_uint_eq(cores_in_control_group(root), CORES_NO_BOUND);
	teardown();
}
END_TEST

START_TEST(in_a_container_the_own_group_may_be_at_the_top)
{
	setup("1:cpu:/docker/0123456789\n");
	put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
	put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(cores_in_control_group(root), 1);
	teardown();
}
END_TEST

START_TEST(what_cannot_be_read_bounds_nothing)
{
	static const char *const groups[] = {
		"",          "\n",           "nonsense", "0::", "0::/../elsewhere\n",
		"1:cpu:/\n", "1:cpuset:/\n", "x:y:z\n",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++) {
		setup(groups[i]);
		put("sys/fs/cgroup/cpu.max", "many\n");
		put("sys/fs/elsewhere/cpu.max", "100000 100000\n");
		put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
		ck_assert_uint_eq(cores_in_control_group(root), CORES_NO_BOUND);
		teardown();
	}
	root = g_strdup("/nowhere");
	ck_assert_uint_eq(cores_in_control_group(root), CORES_NO_BOUND);
	g_free(root);
}
END_TEST

UNIT_MAIN("cores", there_is_one_at_least, a_quota_is_rounded_up,
          the_least_of_a_group_and_those_above_it_counts, version_1_has_two_files_and_minus_one,
          in_a_container_the_own_group_may_be_at_the_top, what_cannot_be_read_bounds_nothing)
