/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"
#include "unit.h"

static VmqConf *
read_text(const char *text, GError **error)
{
	return yaml_read(text, strlen(text), "f.yaml", error);
}

static VmqConf *
read_well(const char *text)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = read_text(text, &error);

	ck_assert_msg(root != NULL, "%s: %s", text, error != NULL ? error->message : "no error");
	return root;
}

static void
assert_refused(const char *text, size_t size, const char *complaint)
{
	g_autoptr(GError) error = NULL;

	ck_assert_ptr_null(yaml_read(text, size, "f.yaml", &error));
	ck_assert_str_eq(error->message, complaint);
}

static const char *
text_at(const VmqConf *mapping, const char *key)
{
	NodeEntry *entry = node_find(mapping, key);

	ck_assert_msg(entry != NULL, "no %s", key);
	return entry->value->text;
}

START_TEST(a_tree_is_read_with_the_place_of_every_node)
{
	g_autoptr(VmqConf) root = read_well("# comment\n"
	                                    "limits:\n"
	                                    "  max_inflight: 7\n"
	                                    "list: [a, 'b c', \"d\"]\n");
	NodeEntry *limits = node_find(root, "limits");
	NodeEntry *inflight = node_find(limits->value, "max_inflight");
	VmqConf   *list = node_find(root, "list")->value;

	ck_assert_uint_eq(limits->place.line, 2);
	ck_assert_uint_eq(limits->place.column, 1);
	ck_assert_uint_eq(inflight->place.line, 3);
	ck_assert_uint_eq(inflight->place.column, 3);
	ck_assert_uint_eq(inflight->value->place.column, 17);
	ck_assert_str_eq(inflight->value->text, "7");
	ck_assert_uint_eq(node_length(list), 3);
	ck_assert_str_eq(node_entry(list, 1)->value->text, "b c");
	ck_assert_uint_eq(node_entry(list, 1)->value->place.column, 11);
}
END_TEST

START_TEST(an_empty_text_is_an_empty_mapping)
{
	static const char *const empties[] = {"", "\n\n", "# nothing\n", "---\n", "~\n"};

	for (unsigned i = 0; i < G_N_ELEMENTS(empties); i++) {
		g_autoptr(VmqConf) root = read_well(empties[i]);

		ck_assert_int_eq(root->kind, NODE_MAPPING);
		ck_assert_uint_eq(node_length(root), 0);
	}
}
END_TEST

START_TEST(only_what_is_plainly_empty_or_null_has_no_value)
{
	g_autoptr(VmqConf) root = read_well("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n");

	ck_assert_ptr_null(text_at(root, "a"));
	ck_assert_ptr_null(text_at(root, "b"));
	ck_assert_ptr_null(text_at(root, "c"));
	ck_assert_str_eq(text_at(root, "d"), "");
	ck_assert_str_eq(text_at(root, "e"), "null");
}
END_TEST

START_TEST(variables_are_put_in_where_they_are_named)
{
	g_setenv("VMQ_TEST_SET", "here", TRUE);
	g_setenv("VMQ_TEST_EMPTY", "", TRUE);
	g_unsetenv("VMQ_TEST_UNSET");

	g_autoptr(VmqConf) root = read_well("a: ${VMQ_TEST_SET}\n"
	                                    "b: x${VMQ_TEST_SET}y${VMQ_TEST_SET}z\n"
	                                    "c: ${VMQ_TEST_UNSET:-else}\n"
	                                    "d: ${VMQ_TEST_EMPTY:-else}\n"
	                                    "e: '${VMQ_TEST_EMPTY}'\n"
	                                    "f: ${VMQ_TEST_UNSET:-}\n"
	                                    "g: ${VMQ_TEST_UNSET:-a:-b}\n"
	                                    "${VMQ_TEST_SET}: key\n");

	ck_assert_str_eq(text_at(root, "a"), "here");
	ck_assert_str_eq(text_at(root, "b"), "xhereyherez");
	ck_assert_str_eq(text_at(root, "c"), "else");
	ck_assert_str_eq(text_at(root, "d"), "else");
	ck_assert_str_eq(text_at(root, "e"), "");
	ck_assert_ptr_null(text_at(root, "f"));
	ck_assert_str_eq(text_at(root, "g"), "a:-b");
	ck_assert_str_eq(text_at(root, "${VMQ_TEST_SET}"), "key");
}
END_TEST

START_TEST(a_dollar_that_names_nothing_is_a_dollar)
{
	g_autoptr(VmqConf) root = read_well("a: $SYS/#\nb: $${HOME}\nc: 5$\nd: $$$$\n");

	ck_assert_str_eq(text_at(root, "a"), "$SYS/#");
	ck_assert_str_eq(text_at(root, "b"), "${HOME}");
	ck_assert_str_eq(text_at(root, "c"), "5$");
	ck_assert_str_eq(text_at(root, "d"), "$$");
}
END_TEST

START_TEST(what_is_put_in_is_not_read_as_yaml)
{
	g_setenv("VMQ_TEST_SET", "null", TRUE);

	g_autoptr(VmqConf) root = read_well("a: ${VMQ_TEST_SET}\n");

	ck_assert_str_eq(text_at(root, "a"), "null");
	g_setenv("VMQ_TEST_SET", "x: ${HOME}\nb: 1", TRUE);

	g_autoptr(VmqConf) again = read_well("a: ${VMQ_TEST_SET}\n");

	ck_assert_str_eq(text_at(again, "a"), "x: ${HOME}\nb: 1");
	ck_assert_uint_eq(node_length(again), 1);
}
END_TEST

static const struct {
	const char *text, *complaint;
} bad_texts[] = {
	{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: \"a\" is here twice; the first one is in line 1"},
	{"a:\n  b: 1\n  b: 2\n", "f.yaml:3:3: \"b\" is here twice; the first one is in line 2"},
	{"a: {b: 1, b: 2}\n", "f.yaml:1:11: \"b\" is here twice; the first one is in line 1"},
	{"a: &x 1\n", "f.yaml:1:4: anchors, aliases and tags are not read here"},
	{"a: *x\n", "f.yaml:1:4: anchors, aliases and tags are not read here"},
	{"a: !!str 1\n", "f.yaml:1:4: anchors, aliases and tags are not read here"},
	{"a: &x [1]\n", "f.yaml:1:4: anchors, aliases and tags are not read here"},
	{"a: &x {b: 1}\n", "f.yaml:1:4: anchors, aliases and tags are not read here"},
	{"&x a: 1\n", "f.yaml:1:1: anchors, aliases and tags are not read here"},
	{"a: 1\n---\nb: 1\n", "f.yaml:2:1: a second document; one file is one document"},
	{"- a\n- b\n", "f.yaml:1:1: a configuration is \"key: value\" lines"},
	{"hello\n", "f.yaml:1:1: a configuration is \"key: value\" lines"},
	{"? [a]\n: b\n", "f.yaml:1:3: a key is plain text"},
	{"? {a: 1}\n: b\n", "f.yaml:1:3: a key is plain text"},
	{"a: \"x\\0y\"\n", "f.yaml:1:4: a NUL byte has no place here"},
	{"\"a\\0b\": 1\n", "f.yaml:1:1: a NUL byte has no place here"},
	{"a: 1\n b: 2\n", "f.yaml:2:3: mapping values are not allowed in this context"},
	{"a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']' while parsing a flow "
                             "sequence"},
	{"a:\n\t- b\n",
         "f.yaml:2:1: found character that cannot start any token while scanning for "
         "the next token"},
	{"a: 1\nb: \xff\n", "f.yaml:2:4: invalid leading UTF-8 octet"},
	{"a: 1\nb: x\x01\n", "f.yaml:2:5: control characters are not allowed"},
	{"a: ${VMQ_TEST_UNSET}\n",
         "f.yaml:1:4: the environment has no VMQ_TEST_UNSET; set it or write "
         "${VMQ_TEST_UNSET:-default}"},
	{"a: x${HOME\n", "f.yaml:1:4: \"${\" without \"}\"; $$ is a dollar sign"},
	{"a: ${}\n",
         "f.yaml:1:4: \"${}\" is no variable: write ${NAME} or ${NAME:-default}, and $$ for "
         "a dollar sign"},
	{"a: ${1A}\n",
         "f.yaml:1:4: \"${1A}\" is no variable: write ${NAME} or ${NAME:-default}, and $$ "
         "for a dollar sign"},
	{"a: ${A:-${B}}\n", "f.yaml:1:4: \"${A:-${B}\" is no variable: write ${NAME} or "
                            "${NAME:-default}, and $$ for a dollar sign"},
	{"a: ${VMQ_TEST_LATIN1}\n", "f.yaml:1:4: with the variables put in, it is not UTF-8"},
};

START_TEST(what_is_refused_says_where_and_why)
{
	g_unsetenv("VMQ_TEST_UNSET");
	g_setenv("VMQ_TEST_LATIN1", "caf\xe9", TRUE);
	for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++)
		assert_refused(bad_texts[i].text, strlen(bad_texts[i].text),
		               bad_texts[i].complaint);
}
END_TEST

START_TEST(nesting_has_a_bound)
{
	g_autoptr(GString) text = g_string_new("a: ");

	for (unsigned i = 0; i < YAML_MAX_DEPTH - 1; i++)
		g_string_append_c(text, '[');
	for (unsigned i = 0; i < YAML_MAX_DEPTH - 1; i++)
		g_string_append_c(text, ']');
	vmq_conf_free(read_well(text->str));

	g_string_insert_c(text, 3, '[');
	g_string_append_c(text, ']');
	assert_refused(text->str, text->len, "f.yaml:1:19: nested deeper than 16 levels");
}
END_TEST

START_TEST(the_depth_counts_what_is_open_not_what_was)
{
	g_autoptr(GString) text = g_string_new("a:\n");

	for (unsigned i = 0; i < 10 * YAML_MAX_DEPTH; i++)
		g_string_append(text, "- [[x]]\n");
	vmq_conf_free(read_well(text->str));
}
END_TEST

START_TEST(the_number_of_values_has_a_bound)
{
	g_autoptr(GString) text = g_string_new("a:\n");

	for (unsigned i = 0; i < YAML_MAX_NODES - 2; i++)
		g_string_append(text, "- 1\n");
	vmq_conf_free(read_well(text->str));

	g_string_append(text, "- 1\n");
	assert_refused(text->str, text->len, "f.yaml:100000:3: more than 100000 values");
}
END_TEST

START_TEST(sizes_have_bounds)
{
	g_autofree char *file = g_strnfill(YAML_MAX_BYTES + 1, ' ');
	g_autofree char *value = g_strnfill(YAML_MAX_TEXT + 1, 'x');
	g_autofree char *text = g_strconcat("a: ", value, NULL);

	vmq_conf_free(yaml_read(file, YAML_MAX_BYTES, "f.yaml", NULL));
	assert_refused(file, YAML_MAX_BYTES + 1, "f.yaml: longer than 4194304 bytes");
	assert_refused(text, strlen(text), "f.yaml:1:4: a value longer than 65536 bytes");
	text[strlen(text) - 1] = '\0';
	vmq_conf_free(read_well(text));
}
END_TEST

UNIT_MAIN("yaml", a_tree_is_read_with_the_place_of_every_node, an_empty_text_is_an_empty_mapping,
          only_what_is_plainly_empty_or_null_has_no_value,
          variables_are_put_in_where_they_are_named, a_dollar_that_names_nothing_is_a_dollar,
          what_is_put_in_is_not_read_as_yaml, what_is_refused_says_where_and_why,
          nesting_has_a_bound, the_depth_counts_what_is_open_not_what_was,
          the_number_of_values_has_a_bound, sizes_have_bounds)
