/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - topics level by level */
#include "core/tree.h"

#include "base/hash.h"

#include <string.h>

/*
 * Few children are looked through, many are hashed: open addressing with linear
 * probing, at most three quarters full, holes closed by shifting back, so that
 * there are no tombstones to walk over.
 */
#define TREE_LIST_MAX 8

/* ---- levels ---- */

static uint32_t
hash_level(const uint8_t *data, size_t size)
{
	uint64_t hash = hash_bytes((VmqBytes){data, size});

	return (uint32_t) (hash ^ hash >> 32);
}

unsigned
tree_count_levels(VmqBytes topic)
{
	unsigned n = 1;

	for (size_t i = 0; i < topic.size; i++)
		n += topic.data[i] == '/';
	return n;
}

size_t
tree_path_bytes(unsigned n_levels)
{
	return sizeof(TreePath) + n_levels * sizeof(TreeLevel);
}

void
tree_path_cut(TreePath *path, VmqBytes topic)
{
	const uint8_t *start = topic.data, *end = topic.data + topic.size;

	path->n = 0;
	for (;;) {
		const uint8_t *slash = start < end ? memchr(start, '/', (size_t) (end - start)) : NULL;
		size_t         size = (size_t) ((slash != NULL ? slash : end) - start);

		path->levels[path->n++] = (TreeLevel){{start, size}, hash_level(start, size)};
		if (slash == NULL)
			return;
		start = slash + 1;
	}
}

static bool
is_single(const TreeLevel *level, char c)
{
	return level->text.size == 1 && level->text.data[0] == (uint8_t) c;
}

/* ---- edges ---- */

static bool
is_table(const TreeNode *node)
{
	return node->room > TREE_LIST_MAX;
}

static bool
is_level(const TreeNode *node, const TreeLevel *level)
{
	return node->level_size == level->text.size &&
	       memcmp(node->level, level->text.data, level->text.size) == 0;
}

static const TreeEdge *
first_in_list(const TreeNode *node, const TreeLevel *level)
{
	for (uint32_t i = 0; i < node->n_edges; i++)
		if (node->edges[i].hash == level->hash)
			return &node->edges[i];
	return NULL;
}

static const TreeEdge *
first_in_table(const TreeNode *node, const TreeLevel *level)
{
	uint32_t mask = node->room - 1;

	for (uint32_t i = level->hash & mask; node->edges[i].node != NULL; i = (i + 1) & mask)
		if (node->edges[i].hash == level->hash)
			return &node->edges[i];
	return NULL;
}

const TreeNode *
tree_guess_child(const TreeNode *node, const TreeLevel *level)
{
	const TreeEdge *edge =
		is_table(node) ? first_in_table(node, level) : first_in_list(node, level);

	return edge != NULL ? edge->node : NULL;
}

/* Of all that have the hash. */
static TreeNode *
find_exactly(const TreeNode *node, const TreeLevel *level)
{
	uint32_t n = is_table(node) ? node->room : node->n_edges;

	for (uint32_t i = 0; i < n; i++)
		if (node->edges[i].node != NULL && node->edges[i].hash == level->hash &&
		    is_level(node->edges[i].node, level))
			return node->edges[i].node;
	return NULL;
}

const TreeNode *
tree_confirm(const TreeNode *guess, const TreeLevel *level)
{
	return is_level(guess, level) ? guess : find_exactly(guess->parent, level);
}

TreeNode *
tree_child(const TreeNode *node, const TreeLevel *level)
{
	const TreeNode *guess = tree_guess_child(node, level);

	return guess != NULL ? (TreeNode *) tree_confirm(guess, level) : NULL;
}

void
tree_expect(const TreeNode *node)
{
	__builtin_prefetch(node);
	__builtin_prefetch(node->level);
}

void
tree_expect_child(const TreeNode *node, const TreeLevel *level)
{
	__builtin_prefetch(&node->edges[is_table(node) ? level->hash & (node->room - 1) : 0]);
}

static void
place_in_table(TreeEdge *edges, uint32_t room, TreeNode *child)
{
	uint32_t mask = room - 1;
	uint32_t i = child->hash & mask;

	while (edges[i].node != NULL)
		i = (i + 1) & mask;
	edges[i] = (TreeEdge){child->hash, child};
}

static void
resize_edges(TreeNode *node, uint32_t room)
{
	TreeEdge *old = node->edges;
	uint32_t  old_room = is_table(node) ? node->room : node->n_edges;

	if (room <= TREE_LIST_MAX) {
		node->edges = g_new(TreeEdge, room);
		for (uint32_t i = 0, n = 0; i < old_room; i++)
			if (old[i].node != NULL)
				node->edges[n++] = old[i];
	} else {
		node->edges = g_new0(TreeEdge, room);
		for (uint32_t i = 0; i < old_room; i++)
			if (old[i].node != NULL)
				place_in_table(node->edges, room, old[i].node);
	}
	node->room = room;
	g_free(old);
}

static void
add_edge(TreeNode *node, TreeNode *child)
{
	if (!is_table(node) && node->n_edges == node->room)
		resize_edges(node, node->room == 0              ? 1
		                   : node->room < TREE_LIST_MAX ? node->room * 2
		                                                : TREE_LIST_MAX * 4);
	else if (is_table(node) && (node->n_edges + 1) * 4 > node->room * 3)
		resize_edges(node, node->room * 2);

	if (is_table(node))
		place_in_table(node->edges, node->room, child);
	else
		node->edges[node->n_edges] = (TreeEdge){child->hash, child};
	node->n_edges++;
}

static void
remove_from_table(TreeNode *node, uint32_t hole)
{
	uint32_t mask = node->room - 1;

	for (uint32_t i = (hole + 1) & mask; node->edges[i].node != NULL; i = (i + 1) & mask) {
		/* What sits here may move into the hole if that does not put it before its home. */
		if (((i - node->edges[i].hash) & mask) >= ((i - hole) & mask)) {
			node->edges[hole] = node->edges[i];
			hole = i;
		}
	}
	node->edges[hole] = (TreeEdge){0};
}

static void
remove_edge(TreeNode *node, const TreeNode *child)
{
	uint32_t i = is_table(node) ? child->hash & (node->room - 1) : 0;

	while (node->edges[i].node != child)
		i = (i + 1) & (is_table(node) ? node->room - 1 : UINT32_MAX);

	if (is_table(node))
		remove_from_table(node, i);
	else
		node->edges[i] = node->edges[node->n_edges - 1];
	node->n_edges--;

	if (node->n_edges == 0) {
		g_clear_pointer(&node->edges, g_free);
		node->room = 0;
	} else if (is_table(node) && node->n_edges * 8 < node->room) {
		resize_edges(node, node->room / 4);
	}
}

/* ---- nodes ---- */

static TreeNode *
node_new(TreeNode *parent, const TreeLevel *level)
{
	TreeNode *node = g_malloc0(sizeof(TreeNode) + level->text.size);

	node->parent = parent;
	node->hash = level->hash;
	node->level_size = (uint16_t) level->text.size;
	if (level->text.size > 0)
		memcpy(node->level, level->text.data, level->text.size);
	return node;
}

TreeNode *
tree_new(void)
{
	TreeLevel none = {0};

	hash_init();
	return node_new(NULL, &none);
}

/* Moves the edges of a table together, so that they can be taken off the end. */
static void
compact(TreeNode *node)
{
	uint32_t n = 0;

	if (!is_table(node))
		return;
	for (uint32_t i = 0; i < node->room; i++)
		if (node->edges[i].node != NULL)
			node->edges[n++] = node->edges[i];
}

static TreeNode *
take_child(TreeNode *node)
{
	if (node->n_edges > 0)
		return node->edges[--node->n_edges].node;
	return node->plus != NULL ? g_steal_pointer(&node->plus) : g_steal_pointer(&node->hash_sign);
}

/* Without recursion: topics may be deep, and the depth is the clients' choice. */
void
tree_free(TreeNode *root, GDestroyNotify free_value)
{
	TreeNode *node = root;

	if (root != NULL)
		compact(root);
	while (node != NULL) {
		TreeNode *child = take_child(node);

		if (child != NULL) {
			compact(child);
			node = child;
			continue;
		}

		TreeNode *parent = node->parent;

		if (node->value != NULL && free_value != NULL)
			free_value(node->value);
		g_free(node->edges);
		g_free(node);
		node = parent;
	}
}

static TreeNode **
wildcard_place(TreeNode *node, const TreeLevel *level)
{
	if (is_single(level, '+'))
		return &node->plus;
	if (is_single(level, '#'))
		return &node->hash_sign;
	return NULL;
}

TreeNode *
tree_find(TreeNode *root, const TreePath *path)
{
	TreeNode *node = root;

	for (unsigned i = 0; i < path->n && node != NULL; i++) {
		TreeNode **wildcard = wildcard_place(node, &path->levels[i]);

		node = wildcard != NULL ? *wildcard : tree_child(node, &path->levels[i]);
	}
	return node;
}

static TreeNode *
insert_child(TreeNode *node, const TreeLevel *level)
{
	TreeNode **wildcard = wildcard_place(node, level);

	if (wildcard != NULL) {
		if (*wildcard == NULL)
			*wildcard = node_new(node, level);
		return *wildcard;
	}

	TreeNode *child = tree_child(node, level);

	if (child == NULL) {
		child = node_new(node, level);
		add_edge(node, child);
	}
	return child;
}

TreeNode *
tree_insert(TreeNode *root, const TreePath *path)
{
	TreeNode *node = root;

	for (unsigned i = 0; i < path->n; i++)
		node = insert_child(node, &path->levels[i]);
	return node;
}

void
tree_prune(TreeNode *node)
{
	while (node->parent != NULL && node->value == NULL && node->n_edges == 0 &&
	       node->plus == NULL && node->hash_sign == NULL) {
		TreeNode *parent = node->parent;

		if (parent->plus == node)
			parent->plus = NULL;
		else if (parent->hash_sign == node)
			parent->hash_sign = NULL;
		else
			remove_edge(parent, node);
		g_free(node);
		node = parent;
	}
}

static TreeNode *
first_edge_from(const TreeNode *node, uint32_t i)
{
	uint32_t n = is_table(node) ? node->room : node->n_edges;

	for (; i < n; i++)
		if (node->edges[i].node != NULL)
			return node->edges[i].node;
	return NULL;
}

TreeNode *
tree_next_child(const TreeNode *node, const TreeNode *previous)
{
	if (previous == NULL && node->plus != NULL)
		return node->plus;
	if ((previous == NULL || previous == node->plus) && node->hash_sign != NULL)
		return node->hash_sign;
	if (previous == NULL || previous == node->plus || previous == node->hash_sign)
		return first_edge_from(node, 0);

	uint32_t i = is_table(node) ? previous->hash & (node->room - 1) : 0;

	while (node->edges[i].node != previous)
		i = is_table(node) ? (i + 1) & (node->room - 1) : i + 1;
	return first_edge_from(node, i + 1);
}

char *
tree_text(const TreeNode *node)
{
	size_t size = 0;

	for (const TreeNode *at = node; at->parent != NULL; at = at->parent)
		size += at->level_size + 1u;

	char *text = g_malloc(MAX(size, 1));
	char *end = text + MAX(size, 1) - 1;

	*end = '\0';
	for (const TreeNode *at = node; at->parent != NULL; at = at->parent) {
		end -= at->level_size;
		memcpy(end, at->level, at->level_size);
		if (at->parent->parent != NULL)
			*--end = '/';
	}
	return text;
}
