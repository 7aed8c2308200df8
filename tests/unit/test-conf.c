/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"
#include "conf/yaml.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static const char *const colours[] = {"red", "green", "blue", NULL};

static const VmqOption inner_options[] = {
	{.key = "depth", .type = VMQ_OPTION_INT, .fallback = "3"},
	VMQ_OPTIONS_END,
};

static const VmqOption tls_options[] = {
	{.key = "cert", .type = VMQ_OPTION_STRING, .required = true, .help = "the certificate"},
	VMQ_OPTIONS_END,
};

static const VmqOption item_options[] = {
	{.key = "name", .type = VMQ_OPTION_STRING, .required = true, .help = "who it is"},
	{.key = "weight", .type = VMQ_OPTION_INT, .fallback = "1", .min = 1, .max = 9},
	VMQ_OPTIONS_END,
};

static const VmqOption options[] = {
	{.key = "text", .type = VMQ_OPTION_STRING, .fallback = "hello"},
	{.key = "bare", .type = VMQ_OPTION_STRING},
	{.key = "short", .type = VMQ_OPTION_STRING, .max = 8},
	{.key = "flag", .type = VMQ_OPTION_BOOL, .fallback = "yes"},
	{.key = "count", .type = VMQ_OPTION_INT, .fallback = "32", .min = 1, .max = 65535},
	{.key = "unset", .type = VMQ_OPTION_INT},
	{.key = "wait", .type = VMQ_OPTION_DURATION, .fallback = "10s", .min = 100, .max = 60000},
	{.key = "size", .type = VMQ_OPTION_SIZE, .fallback = "1MiB", .min = 1024, .max = 1 << 30},
	{.key = "address", .type = VMQ_OPTION_ADDRESS, .fallback = "127.0.0.1:1883"},
	{.key = "colour", .type = VMQ_OPTION_ENUM, .choices = colours, .fallback = "green"},
	{.key = "seeds", .type = VMQ_OPTION_LIST},
	{.key = "inner", .type = VMQ_OPTION_SECTION, .section = inner_options},
	{.key = "tls", .type = VMQ_OPTION_SECTION, .section = tls_options},
	{.key = "items", .type = VMQ_OPTION_SECTIONS, .section = item_options},
	{.key = "plugins", .type = VMQ_OPTION_SECTIONS},
	VMQ_OPTIONS_END,
};

static VmqConf *
read_text(const char *text)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = yaml_read(text, strlen(text), "f.yaml", &error);

	ck_assert_msg(root != NULL, "%s", error != NULL ? error->message : "no error");
	return root;
}

static VmqConf *
check_well(const char *text)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = read_text(text);

	ck_assert_msg(conf_check(root, options, &error), "%s",
	              error != NULL ? error->message : "no error");
	return root;
}

START_TEST(what_is_left_out_has_the_default_of_the_table)
{
	static const char *const texts[] = {
		"",
		"text:\nbare:\nflag: ~\ncount:\nwait:\nsize:\naddress:\ncolour:\nseeds:\ninner:\n"};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(VmqConf) root = check_well(texts[i]);

		ck_assert_str_eq(vmq_conf_get_string(root, "text"), "hello");
		ck_assert_ptr_null(vmq_conf_get_string(root, "bare"));
		ck_assert(vmq_conf_get_bool(root, "flag"));
		ck_assert_int_eq(vmq_conf_get_int(root, "count"), 32);
		ck_assert_int_eq(vmq_conf_get_int(root, "unset"), 0);
		ck_assert_int_eq(vmq_conf_get_int(root, "wait"), 10000);
		ck_assert_int_eq(vmq_conf_get_int(root, "size"), 1048576);
		ck_assert_str_eq(vmq_conf_get_string(root, "address"), "127.0.0.1:1883");
		ck_assert_str_eq(vmq_conf_get_string(root, "colour"), "green");
		ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(root, "seeds")), 0);
		ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "inner"), "depth"), 3);
		ck_assert_ptr_null(vmq_conf_get(root, "tls"));
		ck_assert_ptr_null(vmq_conf_get(root, "items"));
		ck_assert(!vmq_conf_has(root, "text"));
		ck_assert(!vmq_conf_has(root, "inner"));
	}
}
END_TEST

START_TEST(what_is_written_is_read)
{
	g_autoptr(VmqConf) root = check_well("text: ''\nflag: off\ncount: 65535\nwait: 100ms\n"
	                                     "size: 1KiB\naddress: '[::1]:1'\ncolour: blue\n"
	                                     "inner: {depth: 4}\ntls: {cert: a.pem}\n"
	                                     "items: [{name: a}, {name: b, weight: 9}]\n");
	const VmqConf *items = vmq_conf_get(root, "items");

	ck_assert_str_eq(vmq_conf_get_string(root, "text"), "");
	ck_assert(!vmq_conf_get_bool(root, "flag"));
	ck_assert_int_eq(vmq_conf_get_int(root, "count"), 65535);
	ck_assert_int_eq(vmq_conf_get_int(root, "wait"), 100);
	ck_assert_int_eq(vmq_conf_get_int(root, "size"), 1024);
	ck_assert_str_eq(vmq_conf_get_string(root, "address"), "[::1]:1");
	ck_assert_str_eq(vmq_conf_get_string(root, "colour"), "blue");
	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_get(root, "inner"), "depth"), 4);
	ck_assert_str_eq(vmq_conf_get_string(vmq_conf_get(root, "tls"), "cert"), "a.pem");
	ck_assert_uint_eq(vmq_conf_length(items), 2);
	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_at(items, 0), "weight"), 1);
	ck_assert_int_eq(vmq_conf_get_int(vmq_conf_at(items, 1), "weight"), 9);
	ck_assert(vmq_conf_has(root, "text"));
	ck_assert(vmq_conf_has(root, "inner"));
	ck_assert(!vmq_conf_has(root, "seeds"));
}
END_TEST

START_TEST(a_single_scalar_is_a_list_of_one)
{
	g_autoptr(VmqConf) one = check_well("seeds: a:1\n");
	g_autoptr(VmqConf) two = check_well("seeds:\n  - a:1\n  - b:2\n");
	g_autoptr(VmqConf) none = check_well("seeds: []\n");

	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(one, "seeds")), 1);
	ck_assert_str_eq(vmq_conf_scalar(vmq_conf_at(vmq_conf_get(one, "seeds"), 0)), "a:1");
	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(two, "seeds")), 2);
	ck_assert_str_eq(vmq_conf_scalar(vmq_conf_at(vmq_conf_get(two, "seeds"), 1)), "b:2");
	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(none, "seeds")), 0);
}
END_TEST

static const struct {
	const char *text, *complaint;
} bad_texts[] = {
	{"\ntxt: a\n", "f.yaml:2:1: unknown key \"txt\", did you mean \"text\"?"},
	{"inner:\n  deptj: 1\n", "f.yaml:2:3: unknown key \"deptj\", did you mean \"depth\"?"},
	{"inner: {zzz: 1}\n", "f.yaml:1:9: unknown key \"zzz\", the keys here are depth"},
	{"items:\n  - name: a\n    wieght: 1\n",
         "f.yaml:3:5: unknown key \"wieght\", did you mean \"weight\"?"},
	{"count: many\n", "f.yaml:1:8: count: \"many\" will not do: write a whole number"},
	{"count: 0\n", "f.yaml:1:8: count: 0 is out of range, which is 1 to 65535"},
	{"count: 65536\n", "f.yaml:1:8: count: 65536 is out of range, which is 1 to 65535"},
	{"count: ''\n", "f.yaml:1:8: count: \"\" will not do: write a whole number"},
	{"flag: maybe\n", "f.yaml:1:7: flag: \"maybe\" will not do: write true or false"},
	{"wait: 30\n",
         "f.yaml:1:7: wait: \"30\" will not do: write a number with a unit: 250ms, 30s, "
         "5m, 24h, 7d"},
	{"wait: 2m\n", "f.yaml:1:7: wait: 2m is out of range, which is 100ms to 1m"},
	{"wait: 99ms\n", "f.yaml:1:7: wait: 99ms is out of range, which is 100ms to 1m"},
	{"size: 1Mb\n",
         "f.yaml:1:7: size: \"1Mb\" will not do: write a number of bytes, or one with a "
         "unit: 512, 64KiB, 1MiB, 2GiB"},
	{"size: 1000\n", "f.yaml:1:7: size: 1000 is out of range, which is 1KiB to 1GiB"},
	{"address: 1883\n", "f.yaml:1:10: address: \"1883\" is not an address: write host:port, "
                            "192.0.2.1:1883 or [2001:db8::1]:1883"},
	{"colour: gren\n", "f.yaml:1:9: colour: \"gren\" is none of red, green, blue; did you mean "
                           "\"green\"?"},
	{"colour: ''\n", "f.yaml:1:9: colour: \"\" is none of red, green, blue"},
	{"short: 123456789\n", "f.yaml:1:8: short: has 9 bytes, 8 are the most"},
	{"short: ààààà\n", "f.yaml:1:8: short: has 10 bytes, 8 are the most"},
	{"text: [a]\n", "f.yaml:1:7: text: takes one value, not a list"},
	{"text:\n  a: b\n", "f.yaml:2:3: text: takes one value, not a section"},
	{"seeds: {a: b}\n", "f.yaml:1:8: seeds: takes a list, not a section"},
	{"seeds: [[a]]\n", "f.yaml:1:9: seeds: takes a list of plain values"},
	{"seeds: [a, ~]\n", "f.yaml:1:12: seeds: takes a list of plain values"},
	{"inner: 5\n", "f.yaml:1:8: inner: takes a section, \"key: value\" lines below it"},
	{"inner: [5]\n", "f.yaml:1:8: inner: takes a section, \"key: value\" lines below it"},
	{"items: 5\n", "f.yaml:1:8: items: takes a list, each item beginning with \"- \""},
	{"items: {name: a}\n", "f.yaml:1:8: items: takes a list, each item beginning with \"- \""},
	{"items: [5]\n", "f.yaml:1:9: items: each item is a section: \"- key: value\""},
	{"plugins: [5]\n", "f.yaml:1:11: plugins: each item is a section: \"- key: value\""},
	{"items: [{weight: 1}]\n", "f.yaml:1:9: \"name\" is missing: who it is"},
	{"items: [{name: }]\n", "f.yaml:1:9: \"name\" is missing: who it is"},
	{"tls:\n", "f.yaml:1:5: \"cert\" is missing: the certificate"},
	{"tls: {}\n", "f.yaml:1:6: \"cert\" is missing: the certificate"},
	{"items:\n- name: a\n- name: a\n",
         "f.yaml:3:3: items: \"a\" is here twice; the first one is in line 2"},
	{"plugins: [{name: a}, {name: b}, {name: a}]\n",
         "f.yaml:1:33: plugins: \"a\" is here twice; the first one is in line 1"},
};

START_TEST(what_does_not_fit_the_table_says_where_and_why)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
		g_autoptr(VmqConf) root = read_text(bad_texts[i].text);
		g_autoptr(GError) error = NULL;

		ck_assert_msg(!conf_check(root, options, &error), "%s", bad_texts[i].text);
		ck_assert_str_eq(error->message, bad_texts[i].complaint);
	}
}
END_TEST

START_TEST(a_plugins_section_has_the_brokers_keys_and_its_own)
{
	g_autoptr(VmqConf) root = check_well("plugins:\n"
	                                     "- {name: a, path: /x.so, depth: 9}\n"
	                                     "- {name: b, detph: 1}\n"
	                                     "- {name: c, pth: x}\n"
	                                     "- {path: x}\n");
	static const char *const complaints[] = {
		NULL,
		"f.yaml:3:13: unknown key \"detph\", did you mean \"depth\"?",
		"f.yaml:4:13: unknown key \"pth\", did you mean \"path\"?",
		"f.yaml:5:3: \"name\" is missing: which plugin",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(complaints); i++) {
		g_autoptr(GError) error = NULL;
		VmqConf *section = (VmqConf *) vmq_conf_at(vmq_conf_get(root, "plugins"), i);

		ck_assert(conf_check_section(section, inner_options, &error) ==
		          (complaints[i] == NULL));
		ck_assert_pstr_eq(error != NULL ? error->message : NULL, complaints[i]);
		if (error == NULL)
			ck_assert_int_eq(vmq_conf_get_int(section, "depth"), 9);
	}
}
END_TEST

START_TEST(a_plugin_without_options_takes_the_brokers_keys_only)
{
	g_autoptr(VmqConf) root = read_text("name: a\n");
	g_autoptr(VmqConf) more = read_text("name: a\ndepth: 1\n");
	g_autoptr(GError) error = NULL;

	ck_assert(conf_check_section(root, NULL, NULL));
	ck_assert(!conf_check_section(more, NULL, &error));
	ck_assert_str_eq(error->message,
	                 "f.yaml:2:1: unknown key \"depth\", the keys here are name, path");
}
END_TEST

START_TEST(a_checked_tree_passes_again)
{
	g_autoptr(VmqConf) root = check_well("seeds: a\ninner:\n");

	ck_assert(conf_check(root, options, NULL));
	ck_assert_uint_eq(vmq_conf_length(vmq_conf_get(root, "seeds")), 1);
}
END_TEST

START_TEST(complaints_of_others_are_placed_at_the_key)
{
	g_autoptr(VmqConf) root = check_well("# x\ntext:   abc\n");
	g_autoptr(GError) at_key = NULL, at_mapping = NULL, without = NULL;

	vmq_conf_set_error(root, &at_key, "text", "no %s", "good");
	vmq_conf_set_error(root, &without, "count", "%d", 1);
	vmq_conf_set_error(root, &at_mapping, NULL, "bad");
	ck_assert_str_eq(at_key->message, "f.yaml:2:9: text: no good");
	ck_assert_str_eq(without->message, "f.yaml:2:1: count: 1");
	ck_assert_str_eq(at_mapping->message, "f.yaml:2:1: bad");
}
END_TEST

/* Each of these is a bug in the caller; they run in a child that must abort. */
START_TEST(asking_for_what_no_table_declares_is_a_bug)
{
	g_autoptr(VmqConf) root = check_well("");

	/* GLib's last words would end the parent's TAP. */
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO), 0);
	switch (_i) {
	case 0:
		vmq_conf_get_string(root, "txt");
		break;
	case 1:
		vmq_conf_get_int(root, "depth");
		break;
	case 2:
		vmq_conf_get_bool(root, "");
		break;
	case 3:
		vmq_conf_get(root, "sedes");
		break;
	case 4:
		vmq_conf_has(root, "name");
		break;
	case 5:
		vmq_conf_at(vmq_conf_get(root, "inner"), 0);
		break;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("conf");

	tcase_add_test(tcase, what_is_left_out_has_the_default_of_the_table);
	tcase_add_test(tcase, what_is_written_is_read);
	tcase_add_test(tcase, a_single_scalar_is_a_list_of_one);
	tcase_add_test(tcase, what_does_not_fit_the_table_says_where_and_why);
	tcase_add_test(tcase, a_plugins_section_has_the_brokers_keys_and_its_own);
	tcase_add_test(tcase, a_plugin_without_options_takes_the_brokers_keys_only);
	tcase_add_test(tcase, a_checked_tree_passes_again);
	tcase_add_test(tcase, complaints_of_others_are_placed_at_the_key);
	tcase_add_loop_test_raise_signal(tcase, asking_for_what_no_table_declares_is_a_bug, SIGABRT,
	                                 0, 6);
	suite_add_tcase(suite, tcase);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
