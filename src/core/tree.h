/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - topics level by level
 *
 * A trie whose edges are topic levels. The router hangs filters on it, the store of
 * retained messages their topics. "+" and "#" are levels like others here; what
 * they mean is up to who walks.
 *
 * Owner:   a router or a retained store.   Threads: its owner's business.
 * Memory:  levels are copied into the nodes. A node without value and children is
 *          taken away by tree_prune().
 */
#pragma once

#include <vibemq/types.h>

typedef struct TreeNode TreeNode;

typedef struct {
	uint32_t  hash;
	TreeNode *node;
} TreeEdge;

struct TreeNode {
	void     *value; /* the owner's; NULL: none */
	TreeNode *parent;
	TreeEdge *edges; /* up to TREE_LIST_MAX a list, beyond it a hash table; `room` long */
	TreeNode *plus, *hash_sign; /* the children "+" and "#", which are not among the edges */
	uint32_t  n_edges, room;
	uint32_t  hash;
	uint16_t  level_size;
	char      level[];
};

/* One topic or filter, cut into levels. */
typedef struct {
	VmqBytes text;
	uint32_t hash;
} TreeLevel;

typedef struct {
	unsigned  n;
	TreeLevel levels[];
} TreePath;

/* A topic has at most 65,535 bytes, so at most 65,536 levels; limits are lower. */
unsigned tree_count_levels(VmqBytes topic);
size_t   tree_path_bytes(unsigned n_levels);
void     tree_path_cut(TreePath *path, VmqBytes topic); /* path has room for all its levels */

TreeNode *tree_new(void);
void      tree_free(TreeNode *root, GDestroyNotify free_value);

TreeNode *tree_find(TreeNode *root, const TreePath *path);   /* NULL: not there */
TreeNode *tree_insert(TreeNode *root, const TreePath *path); /* finds or makes */
void      tree_prune(TreeNode *node); /* from here up, as long as nodes are empty */

TreeNode *tree_child(const TreeNode *node, const TreeLevel *level); /* not "+" or "#" */

/*
 * For who looks for many at once, and does not want to wait for memory each time. A guess is
 * as good as its hash, and needs the node that it gives only when it is confirmed: that gives
 * the right child, or NULL. tree_expect() and tree_expect_child() ask for what is looked at next.
 */
const TreeNode *tree_guess_child(const TreeNode *node, const TreeLevel *level); /* NULL: none */
const TreeNode *tree_confirm(const TreeNode *guess, const TreeLevel *level);
void            tree_expect(const TreeNode *node);
void            tree_expect_child(const TreeNode *node, const TreeLevel *level);

/*
 * The child after `previous` in no order of meaning, NULL to begin, "+" and "#" too;
 * NULL at the end. The tree must not change between two calls.
 */
TreeNode *tree_next_child(const TreeNode *node, const TreeNode *previous);

/* The whole text of the way from the root to here; the caller frees it. */
char *tree_text(const TreeNode *node);

/*
 * A path on the stack when short, else on the heap:
 *
 *     TREE_PATH(path, topic);
 */
#define TREE_PATH_STACK_LEVELS 32
#define TREE_PATH_STACK_BYTES  (sizeof(TreePath) + TREE_PATH_STACK_LEVELS * sizeof(TreeLevel))
#define TREE_PATH(path_, topic_)                                                                \
	unsigned              path_##_n = tree_count_levels(topic_);                            \
	_Alignas(TreePath) uint8_t path_##_stack[TREE_PATH_STACK_BYTES];                        \
	g_autofree TreePath  *path_##_heap = path_##_n > TREE_PATH_STACK_LEVELS                 \
	                                             ? g_malloc(tree_path_bytes(path_##_n))     \
	                                             : NULL;                                    \
	TreePath *path_ = path_##_heap != NULL ? path_##_heap : (TreePath *) path_##_stack;     \
	tree_path_cut(path_, topic_)
