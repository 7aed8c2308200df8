/* SPDX-License-Identifier: Apache-2.0 */
/* retained.c - the last word on each topic */
#include "core/retained.h"

#include "base/clock.h"
#include "core/core.h"
#include "core/memory.h"
#include "core/sys.h"
#include "core/tree.h"
#include "run/brlock.h"
#include "run/worker.h"

#include <stdatomic.h>
#include <string.h>

struct Retained {
	Brlock   *lock;
	TreeNode *root;         /* values are VmqMsg */
	unsigned  n, n_dead;    /* messages; tombstones */
	unsigned  max_messages; /* 0: no bound */
	uint64_t  newest;       /* number of the last one taken */
};

static void
unref_msg(void *msg)
{
	vmq_msg_unref(msg);
}

Retained *
retained_new(unsigned n_workers, unsigned max_messages)
{
	Retained *store = g_new0(Retained, 1);

	store->lock = brlock_new(n_workers);
	store->root = tree_new();
	store->max_messages = max_messages;
	return store;
}

void
retained_free(Retained *store)
{
	if (store == NULL)
		return;
	tree_free(store->root, unref_msg);
	brlock_free(store->lock);
	g_free(store);
}

static bool
is_tombstone(const VmqMsg *msg)
{
	return msg->payload_size == 0;
}

static const char *
origin_of(const VmqMsg *msg)
{
	return msg->origin != NULL ? msg->origin : core.node_id;
}

/* Later stamp wins; of two equal ones the greater origin, so that all nodes choose alike. */
static bool
is_newer(const VmqMsg *a, const VmqMsg *b)
{
	if (a->stamp != b->stamp)
		return a->stamp > b->stamp;
	return g_strcmp0(origin_of(a), origin_of(b)) > 0;
}

static void
count(Retained *store, const VmqMsg *msg, unsigned step)
{
	if (sys_owns(msg_topic(msg)))
		return;
	if (is_tombstone(msg))
		store->n_dead += step;
	else
		store->n += step;
}

/* RETAINED_CHANGED: there is room. */
static RetainedResult
look_if_full(const Retained *store, const VmqMsg *msg, const VmqMsg *old)
{
	bool is_more = old == NULL || is_tombstone(old);

	if (is_tombstone(msg) || sys_owns(msg_topic(msg)))
		return RETAINED_CHANGED;
	if (is_more && store->max_messages != 0 && store->n >= store->max_messages)
		return RETAINED_FULL;
	if (memory_is_short() && (is_more || msg_bytes(msg) > msg_bytes(old)))
		return RETAINED_SHORT;
	return RETAINED_CHANGED;
}

/* Read without the lock: who asks whether it is current will see soon that it is not. */
static void
set_number(VmqMsg *msg, uint64_t number)
{
	atomic_store_explicit(&msg->retained_as, number, memory_order_relaxed);
}

static uint64_t
number_of(const VmqMsg *msg)
{
	return atomic_load_explicit(&msg->retained_as, memory_order_relaxed);
}

static void
leave(Retained *store, VmqMsg *msg)
{
	count(store, msg, -1u);
	set_number(msg, 0);
}

/* With the lock held for writing. */
static RetainedResult
replace(Retained *store, VmqMsg *msg, const TreePath *path, VmqMsg **old)
{
	TreeNode *node = tree_find(store->root, path);

	*old = node != NULL ? node->value : NULL;
	if (*old != NULL && !is_newer(msg, *old)) {
		*old = NULL;
		return RETAINED_STALE;
	}

	RetainedResult refusal = look_if_full(store, msg, *old);

	if (refusal != RETAINED_CHANGED) {
		*old = NULL;
		return refusal;
	}
	if (node == NULL)
		node = tree_insert(store->root, path);
	if (*old != NULL)
		leave(store, *old);
	count(store, msg, 1);
	set_number(msg, ++store->newest);
	node->value = vmq_msg_ref(msg);
	return RETAINED_CHANGED;
}

RetainedResult
retained_set(Retained *store, VmqMsg *msg)
{
	VmqMsg *old;

	TREE_PATH(path, msg_topic(msg));
	brlock_write(store->lock);
	RetainedResult result = replace(store, msg, path, &old);

	brlock_write_done(store->lock);
	vmq_msg_unref(old);
	return result;
}

uint64_t
retained_newest(Retained *store)
{
	unsigned worker = vmq_worker_here();

	brlock_read(store->lock, worker);
	uint64_t newest = store->newest;

	brlock_read_done(store->lock, worker);
	return newest;
}

bool
retained_is_current(const VmqMsg *msg)
{
	return number_of(msg) != 0;
}

/* ---- collecting ---- */

typedef struct {
	const TreeNode *node;
	unsigned        depth;
} Step;

typedef struct {
	GArray    *steps; /* still to be taken */
	GPtrArray *found;
	int64_t    now_ms;
	uint64_t   newest;
	bool       all; /* tombstones and expired ones too */
} Walk;

static void
push(Walk *walk, const TreeNode *node, unsigned depth)
{
	Step step = {node, depth};

	if (node != NULL)
		g_array_append_val(walk->steps, step);
}

static void
take(Walk *walk, const TreeNode *node)
{
	VmqMsg *msg = node->value;

	if (msg == NULL || number_of(msg) > walk->newest)
		return;
	if (!walk->all && (is_tombstone(msg) || msg_is_expired(msg, walk->now_ms)))
		return;
	g_ptr_array_add(walk->found, vmq_msg_ref(msg));
}

/* A wildcard at the first level does not match topics that begin with $ [MQTT-4.7.2-1]. */
static bool
is_hidden(const TreeNode *child)
{
	return child->parent->parent == NULL && child->level_size > 0 && child->level[0] == '$';
}

static void
push_children(Walk *walk, const TreeNode *node, unsigned depth)
{
	for (const TreeNode *child = NULL; (child = tree_next_child(node, child)) != NULL;)
		if (walk->all || !is_hidden(child))
			push(walk, child, depth);
}

static bool
is_wildcard(const TreeLevel *level, char sign)
{
	return level->text.size == 1 && level->text.data[0] == (uint8_t) sign;
}

static void
step_on(Walk *walk, const Step *step, const TreePath *path)
{
	if (step->depth == path->n) {
		take(walk, step->node);
		return;
	}

	const TreeLevel *level = &path->levels[step->depth];

	if (is_wildcard(level, '#')) {
		/* This node, for "a/#" matches "a" [MQTT-4.7.1-2], and all below it. */
		take(walk, step->node);
		push_children(walk, step->node, step->depth);
	} else if (is_wildcard(level, '+')) {
		push_children(walk, step->node, step->depth + 1);
	} else {
		push(walk, tree_child(step->node, level), step->depth + 1);
	}
}

GPtrArray *
retained_collect(Retained *store, const char *filter, uint64_t newest)
{
	const char *text = filter != NULL ? filter : "#";
	unsigned    worker = vmq_worker_here();
	Walk        walk = {.steps = g_array_new(FALSE, FALSE, sizeof(Step)),
	                    .found = g_ptr_array_new_with_free_func(unref_msg),
	                    .now_ms = clock_monotonic_ms(),
	                    .newest = newest,
	                    .all = filter == NULL};

	TREE_PATH(path, ((VmqBytes){(const uint8_t *) text, strlen(text)}));
	brlock_read(store->lock, worker);
	push(&walk, store->root, 0);
	while (walk.steps->len > 0) {
		Step step = g_array_index(walk.steps, Step, walk.steps->len - 1);

		g_array_set_size(walk.steps, walk.steps->len - 1);
		step_on(&walk, &step, path);
	}
	brlock_read_done(store->lock, worker);
	g_array_unref(walk.steps);
	return walk.found;
}

/* ---- forgetting ---- */

static bool
is_old(const VmqMsg *msg, int64_t now_ms, int64_t wall_ms, int64_t ttl_ms)
{
	bool dead = is_tombstone(msg) || msg_is_expired(msg, now_ms);

	return dead && (int64_t) (msg->stamp >> 16) + ttl_ms <= wall_ms;
}

static void
forget(Retained *store, VmqMsg *msg)
{
	TREE_PATH(path, msg_topic(msg));
	brlock_write(store->lock);
	TreeNode *node = tree_find(store->root, path);
	bool      is = node != NULL && node->value == msg;

	if (is) {
		leave(store, msg);
		node->value = NULL;
		tree_prune(node);
	}
	brlock_write_done(store->lock);
	if (is)
		vmq_msg_unref(msg);
}

void
retained_sweep(Retained *store, int64_t ttl_ms)
{
	g_autoptr(GPtrArray) all = retained_collect(store, NULL, RETAINED_ALL);
	int64_t now_ms = clock_monotonic_ms(), wall_ms = clock_wall_ms();

	for (guint i = 0; i < all->len; i++)
		if (is_old(all->pdata[i], now_ms, wall_ms, ttl_ms))
			forget(store, all->pdata[i]);
}

unsigned
retained_count(Retained *store)
{
	unsigned worker = vmq_worker_here();

	brlock_read(store->lock, worker);
	unsigned n = store->n;

	brlock_read_done(store->lock, worker);
	return n;
}
