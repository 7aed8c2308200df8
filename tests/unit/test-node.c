/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"
#include "unit.h"

static VmqConf *
read_text(const char *text)
{
	VmqConf *root = yaml_read(text, strlen(text), "f.yaml", NULL);

	ck_assert_msg(root != NULL, "%s", text);
	return root;
}

/* The tree in one line, for comparing: "{a:1,b:[x,{c:~}]}". */
static void
write_node(const VmqConf *node, GString *out)
{
	if (node->kind == NODE_SCALAR) {
		g_string_append(out, node->text != NULL ? node->text : "~");
		return;
	}
	g_string_append_c(out, node->kind == NODE_MAPPING ? '{' : '[');
	for (unsigned i = 0; i < node_length(node); i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		if (node->kind == NODE_MAPPING)
			g_string_append_printf(out, "%s:", node_entry(node, i)->key);
		write_node(node_entry(node, i)->value, out);
	}
	g_string_append_c(out, node->kind == NODE_MAPPING ? '}' : ']');
}

static const struct {
	const char *base, *over, *merged;
} merges[] = {
	/* mappings merge, scalars are replaced */
	{"{a: 1, b: 2}", "{b: 3, c: 4}", "{a:1,b:3,c:4}"},
	{"{l: {x: 1, y: 2}}", "{l: {y: 3}}", "{l:{x:1,y:3}}"},
	{"{l: {x: {y: 1}}}", "{l: {x: {z: 2}}}", "{l:{x:{y:1,z:2}}}"},
	/* sequences append, what has the same name merges */
	{"{s: [a, b]}", "{s: [c, a]}", "{s:[a,b,c,a]}"},
	{"{s: [{address: x}]}", "{s: [{address: x}]}", "{s:[{address:x},{address:x}]}"},
	{"{p: [{name: a, k: 1}, {name: b}]}", "{p: [{name: c}, {name: a, k: 2, m: 3}]}",
         "{p:[{name:a,k:2,m:3},{name:b},{name:c}]}"},
	/* a key without a value changes nothing, and is filled */
	{"{l: {x: 1}, s: 2}", "{l: , s: ~}", "{l:{x:1},s:2}"},
	{"{l: , s: }", "{l: {x: 1}, s: 2}", "{l:{x:1},s:2}"},
	{"{}", "{l: }", "{l:~}"},
	/* of two kinds the later stays, for the check to complain of */
	{"{l: {x: 1}}", "{l: 5}", "{l:5}"},
	{"{l: [a]}", "{l: {x: 1}}", "{l:{x:1}}"},
	{"{}", "{a: 1}", "{a:1}"},
	{"{a: 1}", "{}", "{a:1}"},
};

START_TEST(trees_merge_by_the_written_rules)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(merges); i++) {
		g_autoptr(VmqConf) base = read_text(merges[i].base);
		g_autoptr(GString) out = g_string_new(NULL);

		node_merge(base, read_text(merges[i].over));
		write_node(base, out);
		ck_assert_str_eq(out->str, merges[i].merged);
	}
}
END_TEST

START_TEST(what_replaced_another_is_placed_where_it_was_written)
{
	g_autoptr(VmqConf) base = read_text("a: 1\n");
	VmqConf *over = yaml_read("\n\na: 2\n", 7, "g.yaml", NULL);

	node_merge(base, over);
	ck_assert_str_eq(node_find(base, "a")->place.file, "g.yaml");
	ck_assert_uint_eq(node_find(base, "a")->value->place.line, 3);
}
END_TEST

START_TEST(every_key_of_a_large_mapping_is_found)
{
	g_autoptr(VmqConf) root = node_new(NODE_MAPPING, (NodePlace){"f.yaml", 1, 1});

	for (unsigned i = 0; i < 20000; i++) {
		g_autofree char *key = g_strdup_printf("key%u", i);

		ck_assert_ptr_null(node_find(root, key));
		node_add(root, key, root->place, node_new_scalar(key, root->place));
	}
	for (unsigned i = 0; i < 20000; i++) {
		g_autofree char *key = g_strdup_printf("key%u", i);

		ck_assert_str_eq(node_find(root, key)->value->text, key);
	}
}
END_TEST

START_TEST(only_mappings_have_keys)
{
	g_autoptr(VmqConf) scalar = node_new_scalar("x", (NodePlace){"f.yaml", 1, 1});
	g_autoptr(VmqConf) list = node_new(NODE_SEQUENCE, scalar->place);

	ck_assert_ptr_null(node_find(scalar, "x"));
	ck_assert_ptr_null(node_find(list, "x"));
	ck_assert_uint_eq(node_length(scalar), 0);
	ck_assert_uint_eq(node_length(NULL), 0);
	vmq_conf_free(NULL);
}
END_TEST

UNIT_MAIN("node", trees_merge_by_the_written_rules,
          what_replaced_another_is_placed_where_it_was_written,
          every_key_of_a_large_mapping_is_found, only_mappings_have_keys)
