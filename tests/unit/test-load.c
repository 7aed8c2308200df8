/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"
#include "unit.h"

#include <glib/gstdio.h>

static const VmqOption limits_options[] = {
	{.key = "max", .type = VMQ_OPTION_INT, .fallback = "5", .min = 1, .max = 9},
	{.key = "drop_policy", .type = VMQ_OPTION_STRING, .fallback = "newest"},
	VMQ_OPTIONS_END,
};

static const VmqOption options[] = {
	{.key = "workers", .type = VMQ_OPTION_INT, .fallback = "1"},
	{.key = "seeds", .type = VMQ_OPTION_LIST},
	{.key = "limits", .type = VMQ_OPTION_SECTION, .section = limits_options},
	{.key = "plugins", .type = VMQ_OPTION_SECTIONS},
	VMQ_OPTIONS_END,
};

static const VmqOption cluster_options[] = {
	{.key = "node_id", .type = VMQ_OPTION_STRING},
	VMQ_OPTIONS_END,
};

static char *folder; /* of one test; Check runs each in a process of its own */

static void
make_folder(void)
{
	folder = g_dir_make_tmp("vibemq-test-XXXXXX", NULL);
	ck_assert_ptr_nonnull(folder);
}

static void
remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

	for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		if (g_file_test(inside, G_FILE_TEST_IS_DIR))
			remove_tree(inside);
		g_remove(inside);
	}
}

static void
remove_folder(void)
{
	remove_tree(folder);
	g_remove(folder);
	g_clear_pointer(&folder, g_free);
}

/* Writes a file into the test's folder and returns its path, which lives as long as the test. */
static const char *
write_file(const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	ck_assert_int_eq(g_mkdir_with_parents(parent, 0700), 0);
	ck_assert(g_file_set_contents(path, text, -1, NULL));
	return g_intern_string(path);
}

static VmqConf *
load_well(const char *path)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = conf_load_all(path, &error);

	ck_assert_msg(root != NULL && conf_check(root, options, &error), "%s",
	              error != NULL ? error->message : "no error");
	return root;
}

static void
assert_load_fails(const char *path, const char *complaint)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(VmqConf) root = conf_load_all(path, &error);

	ck_assert(root == NULL || !conf_check(root, options, &error));

	/* Files are named in full; what tests compare begins below their folder. */
	const char *said = error->message;

	if (g_str_has_prefix(said, folder))
		said += strlen(folder) + 1;
	ck_assert_str_eq(said, complaint);
}

START_TEST(files_in_conf_d_are_laid_on_in_the_order_of_their_names)
{
	const char *path = write_file("vibemqd.yaml", "workers: 2\nlimits: {max: 3}\n"
	                                              "plugins: [{name: auth}]\n");

	write_file("conf.d/20-b.yaml", "workers: 4\nplugins: [{name: auth, users: u}]\n");
	write_file("conf.d/10-a.yaml", "workers: 3\nlimits: {drop_policy: oldest}\n"
	                               "plugins: [{name: cluster}]\n");
	write_file("conf.d/30-c.yml", "workers: 5\n");
	write_file("conf.d/.hidden.yaml", "workers: 6\n");
	write_file("conf.d/40-d.yaml~", "workers: 7\n");

	g_autoptr(VmqConf) root = load_well(path);
	const VmqConf *limits = vmq_conf_get(root, "limits"),
		      *plugins = vmq_conf_get(root, "plugins");

	ck_assert_int_eq(vmq_conf_get_int(root, "workers"), 4);
	ck_assert_int_eq(vmq_conf_get_int(limits, "max"), 3);
	ck_assert_str_eq(vmq_conf_get_string(limits, "drop_policy"), "oldest");
	ck_assert_uint_eq(vmq_conf_length(plugins), 2);
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 0), "name"), "auth");
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 0), "users"), "u");
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 1), "name"), "cluster");
}
END_TEST

START_TEST(errors_name_the_file_they_are_in)
{
	const char *path = write_file("vibemqd.yaml", "workers: 2\n");

	write_file("conf.d/10-a.yaml", "limits:\n  max: 10\n");
	assert_load_fails(path, "conf.d/10-a.yaml:2:8: max: 10 is out of range, which is 1 to 9");
	write_file("conf.d/10-a.yaml", "limits: [\n");
	assert_load_fails(path, "conf.d/10-a.yaml:2:1: did not find expected node content while "
	                        "parsing a flow node");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	g_autofree char *path = g_build_filename(folder, "none.yaml", NULL);

	assert_load_fails(path, "none.yaml: No such file or directory");
	g_clear_pointer(&path, g_free);
	path = g_build_filename(folder, ".", NULL);
	assert_load_fails(path, ".: Is a directory");
}
END_TEST

START_TEST(a_file_without_end_is_not_read_to_its_end)
{
	g_autoptr(GError) error = NULL;

	ck_assert_ptr_null(conf_load_all("/dev/zero", &error));
	ck_assert_str_eq(error->message, "/dev/zero: longer than 4194304 bytes");
}
END_TEST

START_TEST(a_conf_d_that_is_no_folder_is_an_error)
{
	const char *path = write_file("vibemqd.yaml", "workers: 2\n");
	g_autoptr(GError) error = NULL;

	write_file("conf.d", "workers: 3\n");
	ck_assert_ptr_null(conf_load_all(path, &error));
	ck_assert_ptr_nonnull(strstr(error->message, "conf.d"));
	ck_assert_ptr_nonnull(strstr(error->message, "Not a directory"));
}
END_TEST

START_TEST(without_a_file_there_is_still_the_environment)
{
	g_setenv("VIBEMQ__WORKERS", "8", TRUE);

	g_autoptr(VmqConf) root = load_well(NULL);

	ck_assert_int_eq(vmq_conf_get_int(root, "workers"), 8);
	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "limits"), "max"), 5);
}
END_TEST

START_TEST(the_environment_overrides_every_file)
{
	const char *path = write_file("vibemqd.yaml", "workers: 2\nplugins: [{name: cluster}]\n");

	write_file("conf.d/10-a.yaml", "workers: 3\n");
	g_setenv("VIBEMQ__WORKERS", "4", TRUE);
	g_setenv("VIBEMQ__LIMITS__MAX", "6", TRUE);
	g_setenv("VIBEMQ__PLUGINS__CLUSTER__NODE_ID", "n7", TRUE);

	g_autoptr(VmqConf) root = load_well(path);
	VmqConf *cluster = (VmqConf *) vmq_conf_at(vmq_conf_get(root, "plugins"), 0);

	ck_assert_int_eq(vmq_conf_get_int(root, "workers"), 4);
	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "limits"), "max"), 6);
	ck_assert(conf_check_section(cluster, cluster_options, NULL));
	ck_assert_str_eq(vmq_conf_get_string(cluster, "node_id"), "n7");
}
END_TEST

static VmqConf *
override_well(const char *path, const char *variable)
{
	g_autoptr(GError) error = NULL;
	const char *const environment[] = {variable, NULL};
	VmqConf          *root = conf_load_all(path, NULL);

	ck_assert_msg(conf_override(root, environment, &error) && conf_check(root, options, &error),
	              "%s: %s", variable, error != NULL ? error->message : "no error");
	return root;
}

START_TEST(overrides_do_not_mind_their_case)
{
	const char *path = write_file("vibemqd.yaml", "plugins: [{name: Cluster}]\n");
	g_autoptr(VmqConf) root = override_well(path, "VIBEMQ__Limits__max=7");
	g_autoptr(VmqConf) again = override_well(path, "VIBEMQ__plugins__CLUSTER__x=7");
	const VmqConf *plugins = vmq_conf_get(again, "plugins");

	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "limits"), "max"), 7);
	ck_assert_uint_eq(vmq_conf_length(plugins), 1);
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 0), "x"), "7");
}
END_TEST

START_TEST(an_override_takes_its_value_as_it_stands)
{
	const char *path = write_file("vibemqd.yaml", "");
	g_autoptr(VmqConf) root =
		override_well(path, "VIBEMQ__LIMITS__DROP_POLICY=a=${HOME} $$ # b: [");
	g_autoptr(VmqConf) list = override_well(path, "VIBEMQ__SEEDS=a:1");

	ck_assert_str_eq(vmq_conf_get_string(vmq_conf_get(root, "limits"), "drop_policy"),
	                 "a=${HOME} $$ # b: [");
	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(list, "seeds")), 1);
}
END_TEST

START_TEST(an_empty_override_leaves_the_default)
{
	const char *path = write_file("vibemqd.yaml", "limits: {max: 3}\n");
	g_autoptr(VmqConf) root = override_well(path, "VIBEMQ__LIMITS__MAX=");

	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "limits"), "max"), 5);
}
END_TEST

START_TEST(an_override_may_bring_a_plugin)
{
	const char *path = write_file("vibemqd.yaml", "plugins: [{name: auth}]\n");
	g_autoptr(VmqConf) root = override_well(path, "VIBEMQ__PLUGINS__CLUSTER__NODE_ID=n1");
	g_autoptr(VmqConf) first =
		override_well(write_file("empty.yaml", ""), "VIBEMQ__PLUGINS__CLUSTER__NODE_ID=n1");

	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(root, "plugins")), 2);
	ck_assert_str_eq(conf_text(vmq_conf_at(vmq_conf_get(root, "plugins"), 1), "name"),
	                 "cluster");
	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(first, "plugins")), 1);
}
END_TEST

START_TEST(other_variables_are_nobodys_business)
{
	const char *path = write_file("vibemqd.yaml", "");
	g_autoptr(VmqConf) root = override_well(path, "VIBEMQ_HEADLESS_PORT=1883");
	g_autoptr(VmqConf) other = override_well(path, "vibemq__workers=9");
	g_autoptr(VmqConf) bare = override_well(path, "VIBEMQ__WORKERS");

	ck_assert_int_eq(vmq_conf_get_int(other, "workers"), 1);
	ck_assert_int_eq(vmq_conf_get_int(bare, "workers"), 1);
}
END_TEST

static const struct {
	const char *variable, *complaint;
} bad_overrides[] = {
	{"VIBEMQ__WORKRES=1",
         "VIBEMQ__WORKRES: unknown key \"workres\", did you mean \"workers\"?"},
	{"VIBEMQ__LIMIT__MAX=1",
         "VIBEMQ__LIMIT__MAX: unknown key \"limit\", did you mean \"limits\"?"},
	{"VIBEMQ__LIMITS__MAXX=1",
         "VIBEMQ__LIMITS__MAXX: unknown key \"maxx\", did you mean \"max\"?"},
	{"VIBEMQ__LIMITS__MAX=10", "VIBEMQ__LIMITS__MAX: max: 10 is out of range, which is 1 to 9"},
	{"VIBEMQ__LIMITS=10",
         "VIBEMQ__LIMITS: limits: takes a section, \"key: value\" lines below it"},
	{"VIBEMQ__WORKERS__X=1", "VIBEMQ__WORKERS__X: workers: takes one value, not a section"},
	{"VIBEMQ__PLUGINS__CLUSTR__NODE_ID=1",
         "VIBEMQ__PLUGINS__CLUSTR__NODE_ID: there is no \"clustr\", did you mean \"cluster\"?"},
	{"VIBEMQ__PLUGINS__CLUSTER=1",
         "VIBEMQ__PLUGINS__CLUSTER: names a list, write VIBEMQ__PLUGINS__<name>__<key>"},
	{"VIBEMQ__=1", "VIBEMQ__: write VIBEMQ__SECTION__KEY"},
	{"VIBEMQ____=1",
         "VIBEMQ____: unknown key \"\", the keys here are workers, seeds, limits, plugins"},
	{"VIBEMQ__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A=1",
         "VIBEMQ__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A__A: write VIBEMQ__SECTION__KEY"},
	{"VIBEMQ__WORKERS=\xff", "VIBEMQ__WORKERS: not UTF-8"},
};

START_TEST(an_override_that_does_not_fit_names_the_variable)
{
	const char *path = write_file("vibemqd.yaml", "plugins: [{name: auth}, {name: cluster}]\n"
	                                              "workers: 3\n");

	for (unsigned i = 0; i < G_N_ELEMENTS(bad_overrides); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(VmqConf) root = conf_load_all(path, NULL);
		const char *const environment[] = {bad_overrides[i].variable, NULL};

		ck_assert_msg(!conf_override(root, environment, &error) ||
		                      !conf_check(root, options, &error),
		              "%s", bad_overrides[i].variable);
		ck_assert_str_eq(error->message, bad_overrides[i].complaint);
	}
}
END_TEST

START_TEST(a_plugin_reads_files_of_its_own)
{
	const char *good = write_file("acl.yaml", "max: 2\n"),
		   *bad = write_file("b.yaml", "mx: 2\n");
	g_autoptr(GError) error = NULL;
	g_autofree char *complaint =
		g_strconcat(bad, ":1:1: unknown key \"mx\", did you mean \"max\"?", NULL);

	write_file("conf.d/10-a.yaml", "max: 3\n");
	g_setenv("VIBEMQ__MAX", "4", TRUE);

	g_autoptr(VmqConf) root = vmq_conf_load(good, limits_options, NULL);

	ck_assert_int_eq(vmq_conf_get_int(root, "max"), 2);
	ck_assert_ptr_null(vmq_conf_load(bad, limits_options, &error));
	ck_assert_str_eq(error->message, complaint);
	ck_assert_ptr_null(vmq_conf_load("/nonexistent", limits_options, NULL));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		files_in_conf_d_are_laid_on_in_the_order_of_their_names,
		errors_name_the_file_they_are_in,
		a_file_that_is_not_there_is_an_error,
		a_file_without_end_is_not_read_to_its_end,
		a_conf_d_that_is_no_folder_is_an_error,
		without_a_file_there_is_still_the_environment,
		the_environment_overrides_every_file,
		overrides_do_not_mind_their_case,
		an_override_takes_its_value_as_it_stands,
		an_empty_override_leaves_the_default,
		an_override_may_bring_a_plugin,
		other_variables_are_nobodys_business,
		an_override_that_does_not_fit_names_the_variable,
		a_plugin_reads_files_of_its_own,
	};
	Suite *suite = suite_create("load");
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
