/* SPDX-License-Identifier: Apache-2.0 */
/* router_match.c - who wants a topic: the search through the tree */
#include "core/router_priv.h"

#include "run/worker.h"

#include <stdatomic.h>
#include <string.h>

/* ---- what is found ---- */

/* A question on its way through the tree. */
typedef struct {
	const TreePath *path;
	Matches        *out;
	RouteFlags      flags;
	unsigned        n_lists; /* filters that gave something */
} Query;

static void
collect_list(Query *query, const GrantList *list)
{
	if (list->n == 0)
		return;
	memcpy(matches_extend(query->out, list->n), list->items, list->n * sizeof(Match));
	query->n_lists++;
}

static void
collect_local(Query *query, const GrantList *list)
{
	unsigned before = query->out->n;

	for (uint32_t i = 0; i < list->n; i++)
		if (match_is_local(&list->items[i]))
			*matches_extend(query->out, 1) = list->items[i];
	query->n_lists += query->out->n > before;
}

static void
collect(Query *query, const TreeNode *node)
{
	Filter *filter = node->value;

	if (query->flags & ROUTE_LOCAL_ONLY)
		collect_local(query, &filter->grants);
	else
		collect_list(query, &filter->grants);

	for (const Group *group = filter->groups; group != NULL; group = group->next)
		matches_add_group(query->out, group->number);
}

/* ---- the search ---- */

/*
 * In a large tree each step waits for memory, and the branches of a search need not wait for each
 * other, nor one question for the next: what a step is going to look at is asked for when it is put
 * down, and of those that were put down the oldest is taken. A step looks at one thing.
 */
typedef enum { STEP_GUESS, STEP_NODE, STEP_EDGE, STEP_VALUE } StepKind;

typedef struct {
	const TreeNode *node;
	uint32_t        depth; /* levels of the topic that lead here */
	uint16_t        query;
	uint8_t         kind; /* StepKind */
} Step;

/* From so many on the youngest is taken: then there are never more than these and the levels. */
#define STEPS_IN_TURN 64

typedef struct {
	Query   *queries;
	Step    *steps; /* a ring */
	unsigned first, n, mask;
} Search;

static inline void
put(Search *search, StepKind kind, unsigned query, const TreeNode *node, unsigned depth)
{
	switch (kind) {
	case STEP_GUESS:
	case STEP_NODE:
		tree_expect(node);
		break;
	case STEP_EDGE:
		tree_expect_child(node, &search->queries[query].path->levels[depth]);
		break;
	case STEP_VALUE:
		__builtin_prefetch(node->value);
		__builtin_prefetch((const char *) node->value + sizeof(Filter) - 1);
		break;
	}
	search->steps[(search->first + search->n++) & search->mask] =
		(Step){node, depth, (uint16_t) query, (uint8_t) kind};
}

static inline Step
take(Search *search)
{
	search->n--;
	if (search->n >= STEPS_IN_TURN)
		return search->steps[(search->first + search->n) & search->mask];
	return search->steps[search->first++ & search->mask];
}

static void
step_to_node(Search *search, const Step *step, const TreeNode *node)
{
	const TreePath *path = search->queries[step->query].path;
	unsigned        depth = step->depth;

	/* Wildcards at the first level do not match a topic that begins with $ [MQTT-4.7.2-1]. */
	bool wild = depth > 0 || path->levels[0].text.size == 0 ||
	            path->levels[0].text.data[0] != '$';

	if (node->hash_sign != NULL && wild)
		put(search, STEP_NODE, step->query, node->hash_sign, path->n);
	if (depth == path->n) {
		if (node->value != NULL)
			put(search, STEP_VALUE, step->query, node, depth);
		return;
	}
	if (node->plus != NULL && wild)
		put(search, STEP_NODE, step->query, node->plus, depth + 1);
	if (node->n_edges > 0)
		put(search, STEP_EDGE, step->query, node, depth);
}

static void
step_on(Search *search, const Step *step)
{
	Query          *query = &search->queries[step->query];
	const TreeNode *node = step->node;

	switch (step->kind) {
	case STEP_GUESS:
		node = tree_confirm(node, &query->path->levels[step->depth - 1]);
		if (node != NULL)
			step_to_node(search, step, node);
		break;
	case STEP_NODE:
		step_to_node(search, step, node);
		break;
	case STEP_EDGE:
		node = tree_guess_child(node, &query->path->levels[step->depth]);
		if (node != NULL)
			put(search, STEP_GUESS, step->query, node, step->depth + 1);
		break;
	case STEP_VALUE:
		collect(query, node);
		break;
	}
}

static void
search_all(const TreeNode *root, Query *queries, unsigned n)
{
	Step     few[256];
	unsigned room = G_N_ELEMENTS(few), most_levels = 0;

	for (unsigned i = 0; i < n; i++)
		most_levels = MAX(most_levels, queries[i].path->n);

	/* A step that is taken off adds three at most, of which two lead one level deeper. */
	while (room < STEPS_IN_TURN + 3 * (most_levels + 2))
		room *= 2;

	g_autofree Step *many = room > G_N_ELEMENTS(few) ? g_new(Step, room) : NULL;
	Search search = {.queries = queries, .steps = many != NULL ? many : few, .mask = room - 1};

	for (unsigned i = 0; i < n; i++)
		put(&search, STEP_NODE, i, root, 0);
	while (search.n > 0) {
		Step step = take(&search);

		step_on(&search, &step);
	}
}

/* ---- shared groups ---- */

/* The members in turn, those who are connected first. */
static const Match *
choose_member(Group *group)
{
	unsigned n = group->members.n;
	unsigned start = atomic_fetch_add_explicit(&group->next_member, 1, memory_order_relaxed);

	for (unsigned i = 0; i < n; i++) {
		unsigned at = (start + i) % n;

		if (group->n_away == n || !group->away[at])
			return &group->members.items[at];
	}
	g_assert_not_reached();
}

void
router_take_turns(Router *router, Matches *matches)
{
	unsigned worker = vmq_worker_here();

	brlock_read(router->lock, worker);
	for (unsigned i = 0; i < matches->n_groups; i++) {
		uint32_t number = matches->groups[i];
		Group   *group = g_hash_table_lookup(router->groups, GUINT_TO_POINTER(number));

		if (group != NULL)
			matches_add_shared(matches, choose_member(group), number);
	}
	brlock_read_done(router->lock, worker);
	matches->n_groups = 0;
}

/* ---- the questions ---- */

/* When the search is over. */
static void
complete(Router *router, Query *query)
{
	if (query->flags & ROUTE_RETAINED && !(query->flags & ROUTE_LOCAL_ONLY))
		collect_list(query, &router->retained);
	if (query->n_lists > 1)
		matches_merge(query->out);
}

void
router_match(Router *router, VmqBytes topic, RouteFlags flags, Matches *out)
{
	unsigned worker = vmq_worker_here();

	matches_clear(out);
	TREE_PATH(path, topic);

	Query query = {.path = path, .out = out, .flags = flags};

	brlock_read(router->lock, worker);
	search_all(router->root, &query, 1);
	complete(router, &query);
	brlock_read_done(router->lock, worker);
}

/* A path with a room of its own. */
typedef struct {
	_Alignas(TreePath) uint8_t room[TREE_PATH_STACK_BYTES];
} ShortPath;

void
router_match_all(Router *router, RouteQuestion *questions, unsigned n)
{
	unsigned       worker = vmq_worker_here();
	ShortPath      paths[ROUTE_QUESTIONS_MAX];
	Query          queries[ROUTE_QUESTIONS_MAX] = {0};
	unsigned       n_asked = 0;

	for (unsigned i = 0; i < n; i++) {
		TreePath *path = (TreePath *) paths[n_asked].room;

		matches_clear(questions[i].answer);
		questions[i].is_answered =
			tree_count_levels(questions[i].topic) <= TREE_PATH_STACK_LEVELS;
		if (!questions[i].is_answered)
			continue;
		tree_path_cut(path, questions[i].topic);
		queries[n_asked++] = (Query){.path = path, .out = questions[i].answer};
	}

	brlock_read(router->lock, worker);
	search_all(router->root, queries, n_asked);
	for (unsigned i = 0; i < n_asked; i++)
		complete(router, &queries[i]);
	brlock_read_done(router->lock, worker);
}
