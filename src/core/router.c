/* SPDX-License-Identifier: Apache-2.0 */
/* router.c - who wants which topic: the filters, and who comes and goes */
#include "core/router_priv.h"

#include "mqtt/topic.h"
#include "run/worker.h"

#include <stdatomic.h>
#include <string.h>

/* ---- lists of grants ---- */

static uint32_t
lower_bound(const GrantList *list, VmqAddr sink)
{
	uint32_t low = 0, high = list->n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (match_key(list->items[middle].addr) < match_key(sink))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const GrantList *list, uint32_t i, VmqAddr sink)
{
	return i < list->n && vmq_addr_equal(list->items[i].addr, sink);
}

static void
grow(GrantList *list)
{
	bool was_one = list->items == &list->one;

	if (list->items == NULL) {
		list->items = &list->one;
		list->room = 1;
		return;
	}
	list->room *= 2;
	list->items = g_renew(Match, was_one ? NULL : list->items, list->room);
	if (was_one)
		list->items[0] = list->one;
}

static void
free_items(GrantList *list)
{
	if (list->items != &list->one)
		g_free(list->items);
	list->items = NULL;
	list->n = list->room = 0;
}

static void
insert_at(GrantList *list, uint32_t i, const Match *item)
{
	if (list->n == list->room)
		grow(list);
	memmove(list->items + i + 1, list->items + i, (list->n - i) * sizeof(Match));
	list->items[i] = *item;
	list->n++;
}

static void
remove_at(GrantList *list, uint32_t i)
{
	list->n--;
	memmove(list->items + i, list->items + i + 1, (list->n - i) * sizeof(Match));
	if (list->n == 0)
		free_items(list);
}

static Match
make_match(VmqAddr sink, const VmqGrant *grant)
{
	g_assert(grant->n_ids <= 1);
	return (Match){.addr = sink,
	               .qos = grant->qos,
	               .flags = grant->flags,
	               .n_ids = grant->n_ids,
	               .id = grant->n_ids == 1 ? grant->ids[0] : 0};
}

/* ---- shared groups ---- */

static Group *
find_group(const Filter *filter, const char *name, size_t size)
{
	for (Group *group = filter->groups; group != NULL; group = group->next)
		if (group->name_size == size && memcmp(group->name, name, size) == 0)
			return group;
	return NULL;
}

static Group *
make_group(Router *router, Filter *filter, const char *name, size_t size)
{
	Group *group = g_malloc0(sizeof(Group) + size);

	do
		group->number = ++router->last_group;
	while (group->number == 0 ||
	       g_hash_table_contains(router->groups, GUINT_TO_POINTER(group->number)));
	g_hash_table_insert(router->groups, GUINT_TO_POINTER(group->number), group);
	group->name_size = size;
	memcpy(group->name, name, size);
	group->next = filter->groups;
	filter->groups = group;
	return group;
}

static void
group_free(Group *group)
{
	free_items(&group->members);
	g_free(group->away);
	g_free(group);
}

static void
join(Group *group, uint32_t i, const Match *item)
{
	insert_at(&group->members, i, item);
	group->away = g_renew(bool, group->away, group->members.n);
	memmove(group->away + i + 1, group->away + i, group->members.n - 1 - i);
	group->away[i] = false;
}

static void
leave(Router *router, Filter *filter, Group *group, uint32_t i)
{
	group->n_away -= group->away[i];
	memmove(group->away + i, group->away + i + 1, group->members.n - 1 - i);
	remove_at(&group->members, i);
	if (group->members.n > 0)
		return;
	for (Group **at = &filter->groups; *at != NULL; at = &(*at)->next)
		if (*at == group) {
			*at = group->next;
			break;
		}
	g_hash_table_remove(router->groups, GUINT_TO_POINTER(group->number));
	group_free(group);
}

/* ---- changing ---- */

static void
start_change(Router *router)
{
	brlock_write(router->lock);
}

/* Whoever sees the change in the tree sees the number, too. */
static void
end_change(Router *router)
{
	atomic_fetch_add_explicit(&router->generation, 1, memory_order_release);
	brlock_write_done(router->lock);
}

uint32_t
router_generation(const Router *router)
{
	return atomic_load_explicit(&router->generation, memory_order_acquire);
}

/* "$share/group/filter" or "filter". */
typedef struct {
	const char *plain;
	const char *group; /* not terminated */
	size_t      group_size;
} Parsed;

static Parsed
parse(const char *filter)
{
	Parsed parsed = {0};

	parsed.plain = vmq_filter_strip_share(filter, &parsed.group_size);
	parsed.group = filter + strlen("$share/");
	return parsed;
}

static VmqBytes
bytes_of(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

/* One grant comes or goes; returns whether interest began or ended with it. */
static bool
count_local(Filter *filter, bool was, bool is)
{
	bool had = filter->n_local > 0;

	filter->n_local += (uint32_t) is - (uint32_t) was;
	return had != (filter->n_local > 0);
}

static bool
add_to(Router *router, Filter *filter, const Parsed *parsed, const Match *item)
{
	Group     *group = NULL;
	GrantList *list = &filter->grants;

	if (parsed->group_size > 0) {
		group = find_group(filter, parsed->group, parsed->group_size);
		if (group == NULL)
			group = make_group(router, filter, parsed->group, parsed->group_size);
		list = &group->members;
	}

	uint32_t i = lower_bound(list, item->addr);

	if (is_at(list, i, item->addr)) {
		bool was_local = match_is_local(&list->items[i]);

		list->items[i] = *item; /* [MQTT-3.8.4-3] */
		return count_local(filter, was_local, match_is_local(item));
	}
	if (group != NULL)
		join(group, i, item);
	else
		insert_at(list, i, item);
	router->n_grants++;
	return count_local(filter, false, match_is_local(item));
}

bool
router_add(Router *router, const char *filter, VmqAddr sink, const VmqGrant *grant)
{
	Parsed parsed = parse(filter);
	Match  item = make_match(sink, grant);

	TREE_PATH(path, bytes_of(parsed.plain));
	start_change(router);
	TreeNode *node = tree_insert(router->root, path);

	if (node->value == NULL)
		node->value = g_new0(Filter, 1);

	bool changed = add_to(router, node->value, &parsed, &item);

	end_change(router);
	return changed;
}

static bool
remove_from(Router *router, Filter *filter, const Parsed *parsed, VmqAddr sink)
{
	Group *group = NULL;

	if (parsed->group_size > 0) {
		group = find_group(filter, parsed->group, parsed->group_size);
		if (group == NULL)
			return false;
	}

	GrantList *list = group != NULL ? &group->members : &filter->grants;
	uint32_t   i = lower_bound(list, sink);

	if (!is_at(list, i, sink))
		return false;

	bool was_local = match_is_local(&list->items[i]);

	if (group != NULL)
		leave(router, filter, group, i);
	else
		remove_at(list, i);
	router->n_grants--;
	return count_local(filter, was_local, false);
}

bool
router_remove(Router *router, const char *filter, VmqAddr sink)
{
	Parsed parsed = parse(filter);
	bool   ended = false;

	TREE_PATH(path, bytes_of(parsed.plain));
	start_change(router);
	TreeNode *node = tree_find(router->root, path);

	if (node != NULL && node->value != NULL) {
		Filter *value = node->value;

		ended = remove_from(router, value, &parsed, sink);
		if (value->grants.n == 0 && value->groups == NULL) {
			g_clear_pointer(&node->value, g_free);
			tree_prune(node);
		}
	}
	end_change(router);
	return ended;
}

void
router_set_away(Router *router, const char *filter, VmqAddr sink, bool away)
{
	Parsed parsed = parse(filter);

	TREE_PATH(path, bytes_of(parsed.plain));
	start_change(router);
	TreeNode *node = tree_find(router->root, path);
	Group    *group = node != NULL && node->value != NULL
	                          ? find_group(node->value, parsed.group, parsed.group_size)
	                          : NULL;

	if (group != NULL) {
		uint32_t i = lower_bound(&group->members, sink);

		if (is_at(&group->members, i, sink) && group->away[i] != away) {
			group->away[i] = away;
			group->n_away += away ? 1u : -1u;
		}
	}
	end_change(router);
}

void
router_want_retained(Router *router, VmqAddr sink, bool wanted)
{
	Match item = {.addr = sink, .qos = 2, .flags = VMQ_GRANT_RELAY | VMQ_GRANT_RETAIN_AS_PUBLISHED};

	start_change(router);
	uint32_t i = lower_bound(&router->retained, sink);
	bool     is_there = is_at(&router->retained, i, sink);

	if (wanted && !is_there)
		insert_at(&router->retained, i, &item);
	else if (!wanted && is_there)
		remove_at(&router->retained, i);
	end_change(router);
}

/* ---- interest ---- */

bool
router_has_local(Router *router, const char *filter)
{
	unsigned worker = vmq_worker_here();

	TREE_PATH(path, bytes_of(filter));
	brlock_read(router->lock, worker);
	const TreeNode *node = tree_find(router->root, path);
	const Filter   *value = node != NULL ? node->value : NULL;
	bool            has = value != NULL && value->n_local > 0;

	brlock_read_done(router->lock, worker);
	return has;
}

void
router_local_foreach(Router *router, RouterEach each, void *data)
{
	g_autoptr(GPtrArray) filters = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) nodes = g_ptr_array_new();
	unsigned worker = vmq_worker_here();

	brlock_read(router->lock, worker);
	g_ptr_array_add(nodes, router->root);
	while (nodes->len > 0) {
		const TreeNode *node = g_ptr_array_steal_index(nodes, nodes->len - 1);
		const Filter   *filter = node->value;

		if (filter != NULL && filter->n_local > 0)
			g_ptr_array_add(filters, tree_text(node));
		for (TreeNode *child = NULL; (child = tree_next_child(node, child)) != NULL;)
			g_ptr_array_add(nodes, child);
	}
	brlock_read_done(router->lock, worker);

	for (guint i = 0; i < filters->len; i++)
		each(filters->pdata[i], data);
}

/* ---- life ---- */

static void
filter_free(void *data)
{
	Filter *filter = data;

	for (Group *group = filter->groups, *next; group != NULL; group = next) {
		next = group->next;
		group_free(group);
	}
	free_items(&filter->grants);
	g_free(filter);
}

Router *
router_new(unsigned n_workers)
{
	Router *router = g_new0(Router, 1);

	router->lock = brlock_new(n_workers);
	router->root = tree_new();
	router->groups = g_hash_table_new(NULL, NULL);
	return router;
}

void
router_free(Router *router)
{
	if (router == NULL)
		return;
	tree_free(router->root, filter_free);
	g_hash_table_unref(router->groups);
	free_items(&router->retained);
	brlock_free(router->lock);
	g_free(router);
}

unsigned
router_count(Router *router)
{
	unsigned worker = vmq_worker_here();

	brlock_read(router->lock, worker);
	unsigned n = router->n_grants;

	brlock_read_done(router->lock, worker);
	return n;
}
