/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tree.h"
#include "routes.h"
#include "unit.h"

static TreeNode *
insert(TreeNode *root, const char *topic)
{
	TREE_PATH(path, text(topic));
	return tree_insert(root, path);
}

static TreeNode *
find(TreeNode *root, const char *topic)
{
	TREE_PATH(path, text(topic));
	return tree_find(root, path);
}

START_TEST(a_topic_is_cut_at_its_slashes)
{
	static const struct {
		const char *topic, *levels[4];
		unsigned    n;
	} cases[] = {{"a", {"a"}, 1},
	             {"/", {"", ""}, 2},
	             {"a//bc/", {"a", "", "bc", ""}, 4},
	             {"+/#", {"+", "#"}, 2}};

	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		TREE_PATH(path, text(cases[i].topic));
		ck_assert_uint_eq(tree_count_levels(text(cases[i].topic)), cases[i].n);
		ck_assert_uint_eq(path->n, cases[i].n);
		for (unsigned j = 0; j < path->n; j++) {
			ck_assert_uint_eq(path->levels[j].text.size, strlen(cases[i].levels[j]));
			ck_assert_mem_eq(path->levels[j].text.data, cases[i].levels[j],
			                 path->levels[j].text.size);
		}
	}
}
END_TEST

START_TEST(the_text_of_a_node_is_its_topic)
{
	TreeNode *root = tree_new();

	for (const char *const *topic = (const char *const[]){"a", "/", "//", "a//b/", "+/#", "/a", NULL};
	     *topic != NULL; topic++) {
		g_autofree char *found = tree_text(insert(root, *topic));

		ck_assert_str_eq(found, *topic);
		ck_assert_ptr_eq(find(root, *topic), insert(root, *topic));
	}
	tree_free(root, NULL);
}
END_TEST

START_TEST(pruning_takes_what_is_empty_and_nothing_else)
{
	TreeNode *root = tree_new();
	int       here = 0;

	insert(root, "a/b")->value = &here;
	insert(root, "a/+/c");
	insert(root, "a/b/#");
	tree_prune(find(root, "a/b/#"));
	ck_assert_ptr_null(find(root, "a/b/#"));
	ck_assert_ptr_nonnull(find(root, "a/b")); /* it has a value */
	tree_prune(find(root, "a/+"));
	ck_assert_ptr_nonnull(find(root, "a/+/c")); /* it has a child */
	tree_prune(find(root, "a/+/c"));
	ck_assert_ptr_null(find(root, "a/+"));
	find(root, "a/b")->value = NULL;
	tree_prune(find(root, "a/b"));
	ck_assert_ptr_null(tree_next_child(root, NULL));
	tree_free(root, NULL);
}
END_TEST

static unsigned n_freed;

static void
on_free(void *value)
{
	(void) value;
	n_freed++;
}

START_TEST(a_deep_and_a_wide_tree_are_freed_with_all_their_values)
{
	TreeNode        *root = tree_new();
	g_autofree char *deep = g_strnfill(65535, '/');

	for (unsigned i = 0; i < 1000; i++) {
		g_autofree char *topic = g_strdup_printf("wide/%u/+", i);

		insert(root, topic)->value = root;
	}
	insert(root, deep)->value = root;
	insert(root, "#")->value = root;
	tree_free(root, on_free);
	ck_assert_uint_eq(n_freed, 1002);
	tree_free(NULL, on_free);
}
END_TEST

/* ---- the oracle: a table of topics ---- */

static unsigned
count_values(const TreeNode *root)
{
	g_autoptr(GPtrArray) nodes = g_ptr_array_new();
	unsigned n = 0;

	g_ptr_array_add(nodes, (void *) root);
	while (nodes->len > 0) {
		const TreeNode *node = g_ptr_array_steal_index(nodes, nodes->len - 1);

		n += node->value != NULL;
		for (TreeNode *child = NULL; (child = tree_next_child(node, child)) != NULL;) {
			ck_assert_ptr_eq(child->parent, node);
			g_ptr_array_add(nodes, child);
		}
	}
	return n;
}

static void
take(TreeNode *root, GHashTable *table, const char *topic)
{
	TreeNode *node = find(root, topic);

	if (!g_hash_table_remove(table, topic))
		return;
	ck_assert_ptr_nonnull(node);
	ck_assert_ptr_nonnull(node->value);
	node->value = NULL;
	tree_prune(node);
}

/* Many children of few nodes, so that lists become tables and tables lists. */
START_TEST(it_holds_what_a_table_would_hold)
{
	g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GRand) dice = g_rand_new_with_seed(6);
	TreeNode *root = tree_new();

	for (unsigned i = 0; i < 40000; i++) {
		/* In waves: it fills, then it empties. */
		bool             fills = i / 4000 % 2 == 0;
		g_autofree char *topic = g_strdup_printf("%d/%d", g_rand_int_range(dice, 0, 3),
		                                         g_rand_int_range(dice, 0, 300));

		if (g_rand_int_range(dice, 0, 10) < (fills ? 8 : 1)) {
			insert(root, topic)->value = root;
			g_hash_table_add(table, g_strdup(topic));
		} else {
			take(root, table, topic);
		}

		g_autofree char *other = g_strdup_printf("%d/%d", g_rand_int_range(dice, 0, 3),
		                                         g_rand_int_range(dice, 0, 300));
		TreeNode        *node = find(root, other);

		ck_assert((node != NULL && node->value != NULL) ==
		          (bool) g_hash_table_contains(table, other));
		if (i % 100 == 0)
			ck_assert_uint_eq(count_values(root), g_hash_table_size(table));
	}

	g_auto(GStrv) left = (char **) g_hash_table_get_keys_as_array(table, NULL);

	for (unsigned i = 0; left[i] != NULL; i++)
		left[i] = g_strdup(left[i]);
	for (unsigned i = 0; left[i] != NULL; i++)
		take(root, table, left[i]);
	ck_assert_ptr_null(tree_next_child(root, NULL));
	tree_free(root, NULL);
}
END_TEST

/* Two numbers that as levels have one hash: among so many there are some. */
static void
find_twins(unsigned twins[2])
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	for (unsigned i = 1;; i++) {
		char level[16];

		g_snprintf(level, sizeof(level), "%u", i);
		TREE_PATH(path, text(level));

		gpointer hash = GUINT_TO_POINTER(path->levels[0].hash);

		twins[0] = GPOINTER_TO_UINT(g_hash_table_lookup(seen, hash));
		twins[1] = i;
		if (twins[0] != 0)
			return;
		g_hash_table_insert(seen, hash, GUINT_TO_POINTER(i));
	}
}

START_TEST(levels_of_one_hash_are_told_apart)
{
	TreeNode *root = tree_new();
	unsigned  twins[2];
	char      names[2][16];

	find_twins(twins);
	for (unsigned i = 0; i < 2; i++)
		g_snprintf(names[i], sizeof(names[i]), "%u", twins[i]);

	/* In a list, and then in a table. */
	for (unsigned more = 0; more < 40; more += 39) {
		for (unsigned i = 0; i < more; i++) {
			g_autofree char *other = g_strdup_printf("other %u", i);

			insert(root, other);
		}

		TreeNode *first = insert(root, names[0]);

		ck_assert_ptr_null(find(root, names[1]));

		TreeNode *second = insert(root, names[1]);

		ck_assert_ptr_ne(first, second);
		ck_assert_ptr_eq(find(root, names[0]), first);
		ck_assert_ptr_eq(find(root, names[1]), second);
		tree_prune(second);
		ck_assert_ptr_eq(find(root, names[0]), first);
		ck_assert_ptr_null(find(root, names[1]));
		tree_prune(first);
	}
	tree_free(root, NULL);
}
END_TEST

UNIT_MAIN("tree", a_topic_is_cut_at_its_slashes, the_text_of_a_node_is_its_topic,
          pruning_takes_what_is_empty_and_nothing_else,
          a_deep_and_a_wide_tree_are_freed_with_all_their_values, it_holds_what_a_table_would_hold,
          levels_of_one_hash_are_told_apart)
