/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - what every node said of itself */
#include "state.h"

#include <string.h>

/* Versions are counted up by one at each change: one this high was made to do harm (3.8). */
#define ABSURD_VERSION (UINT64_C(1) << 63)

typedef struct {
	NodeId   id;
	uint64_t heartbeat;
} Removed;

struct State {
	GPtrArray   *nodes; /* the first is oneself */
	GHashTable  *by_id; /* NodeId (the node's own) -> Node */
	GQueue       removed; /* of Removed, the oldest first */
	StateKeyFunc on_key;
	void        *data;
};

/* ---- keys ---- */

static void
key_free(void *data)
{
	Key *key = data;

	g_bytes_unref(key->key);
	g_bytes_unref(key->value);
	g_free(key);
}

static VmqBytes
slice(GBytes *bytes)
{
	gsize          size;
	const uint8_t *data = g_bytes_get_data(bytes, &size);

	return (VmqBytes){data, size};
}

/* The first place in by_version with a version above `version`. */
static guint
above(const Node *node, uint64_t version)
{
	guint low = 0, high = node->by_version->len;

	while (low < high) {
		guint      middle = (low + high) / 2;
		const Key *key = node->by_version->pdata[middle];

		if (key->version <= version)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
drop_key(Node *node, Key *key)
{
	guint i = above(node, key->version) - 1;

	g_assert(node->by_version->pdata[i] == key);
	g_ptr_array_remove_index(node->by_version, i);
	g_hash_table_remove(node->keys, key->key);
}

static void
forget_keys(Node *node)
{
	g_ptr_array_set_size(node->by_version, 0);
	g_hash_table_remove_all(node->keys);
}

static void
tell(const State *state, const Node *node, const Key *key)
{
	VmqBytes         name = slice(key->key);
	g_autofree char *text = g_strndup((const char *) name.data, name.size);

	if (key->status != STATUS_DELETED)
		state->on_key(node, text, slice(key->value), state->data);
}

static void
put_key(const State *state, Node *node, const KeyOp *op, int64_t now_ms)
{
	g_autoptr(GBytes) name = g_bytes_new(op->key.data, op->key.size);
	Key *old = g_hash_table_lookup(node->keys, name);

	if (old != NULL)
		drop_key(node, old);

	Key *key = g_new(Key, 1);

	*key = (Key){g_steal_pointer(&name), g_bytes_new(op->value.data, op->value.size),
	             op->version, op->status, now_ms};
	g_hash_table_insert(node->keys, key->key, key);
	g_ptr_array_insert(node->by_version, (gint) above(node, key->version), key);
	tell(state, node, key);
}

VmqBytes
node_get(const Node *node, const char *name)
{
	g_autoptr(GBytes) wanted = g_bytes_new_static(name, strlen(name));
	const Key *key = g_hash_table_lookup(node->keys, wanted);

	if (key == NULL || key->status == STATUS_DELETED)
		return (VmqBytes){0};

	VmqBytes value = slice(key->value);

	if (value.data == NULL)
		value.data = (const uint8_t *) "";
	return value;
}

/* ---- nodes ---- */

static guint
hash_id(const void *id)
{
	return node_id_hash(id);
}

static gboolean
equal_ids(const void *a, const void *b)
{
	return node_id_equal(a, b);
}

static Node *
add_node(State *state, const NodeId *id, int64_t now_ms)
{
	Node *node = g_new0(Node, 1);

	node->id = *id;
	node->id.name = g_strdup(id->name);
	node->keys = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, key_free);
	node->by_version = g_ptr_array_new();
	node->died_ms = now_ms;
	g_ptr_array_add(state->nodes, node);
	g_hash_table_insert(state->by_id, &node->id, node);
	return node;
}

static void
node_free(void *data)
{
	Node *node = data;

	g_ptr_array_unref(node->by_version);
	g_hash_table_unref(node->keys);
	rhythm_clear(&node->rhythm);
	g_free((char *) node->id.name);
	g_free(node);
}

static void
removed_free(void *data)
{
	Removed *removed = data;

	g_free((char *) removed->id.name);
	g_free(removed);
}

State *
state_new(const NodeId *self, StateKeyFunc on_key, void *data)
{
	State *state = g_new0(State, 1);

	state->nodes = g_ptr_array_new_with_free_func(node_free);
	state->by_id = g_hash_table_new(hash_id, equal_ids);
	state->on_key = on_key;
	state->data = data;
	add_node(state, self, 0)->heartbeat = 1;
	return state;
}

void
state_free(State *state)
{
	if (state == NULL)
		return;
	g_hash_table_unref(state->by_id);
	g_ptr_array_unref(state->nodes);
	g_queue_clear_full(&state->removed, removed_free);
	g_free(state);
}

Node *
state_self(State *state)
{
	return state->nodes->pdata[0];
}

Node *
state_find(State *state, const NodeId *id)
{
	return g_hash_table_lookup(state->by_id, id);
}

static GList *
find_removed(State *state, const NodeId *id)
{
	for (GList *at = state->removed.head; at != NULL; at = at->next)
		if (node_id_equal(&((Removed *) at->data)->id, id))
			return at;
	return NULL;
}

Node *
state_learn(State *state, const NodeId *id, uint64_t heartbeat, int64_t now_ms)
{
	Node *node = state_find(state, id);

	if (node != NULL)
		return node;
	if (state->nodes->len >= STATE_MAX_NODES)
		return NULL;

	GList *removed = find_removed(state, id);

	if (removed != NULL) {
		if (heartbeat <= ((Removed *) removed->data)->heartbeat)
			return NULL; /* old news of a node that is gone (3.5) */
		removed_free(removed->data);
		g_queue_delete_link(&state->removed, removed);
	}
	return add_node(state, id, now_ms);
}

void
state_remove(State *state, Node *node)
{
	Removed *removed = g_new(Removed, 1);

	g_assert(node != state_self(state));
	*removed = (Removed){node->id, node->heartbeat};
	removed->id.name = g_strdup(node->id.name);
	g_queue_push_tail(&state->removed, removed);
	if (state->removed.length > STATE_MAX_REMOVED)
		removed_free(g_queue_pop_head(&state->removed));
	g_hash_table_remove(state->by_id, &node->id);
	g_ptr_array_remove_fast(state->nodes, node);
}

unsigned
state_count(const State *state)
{
	return state->nodes->len;
}

Node *
state_at(const State *state, unsigned i)
{
	return state->nodes->pdata[i];
}

/* ---- the own node ---- */

void
state_set(State *state, const char *name, VmqBytes value, int64_t now_ms)
{
	Node    *self = state_self(state);
	VmqBytes old = node_get(self, name);

	if (old.data != NULL && old.size == value.size &&
	    (value.size == 0 || memcmp(old.data, value.data, value.size) == 0))
		return;

	KeyOp op = {.key = {(const uint8_t *) name, strlen(name)},
	            .value = value,
	            .version = ++self->max_version,
	            .status = STATUS_SET};

	put_key(state, self, &op, now_ms);
}

void
state_outdo(State *state, uint64_t max_version, uint64_t heartbeat, int64_t now_ms)
{
	Node *self = state_self(state);

	if (heartbeat > self->heartbeat && heartbeat < ABSURD_VERSION)
		self->heartbeat = heartbeat + 1;
	if (max_version <= self->max_version || max_version >= ABSURD_VERSION)
		return;
	self->max_version = max_version;

	/* In their order, each gets the next version: nobody can miss one. */
	g_autoptr(GPtrArray) keys = g_ptr_array_copy(self->by_version, NULL, NULL);

	for (guint i = 0; i < keys->len; i++) {
		Key *key = keys->pdata[i];

		key->version = ++self->max_version;
		key->applied_ms = now_ms;
	}
}

void
state_outlive(State *state, uint64_t generation)
{
	Node *self = state_self(state);

	g_hash_table_remove(state->by_id, &self->id);
	do
		self->id.generation = ++generation;
	while (state_find(state, &self->id) != NULL);
	g_hash_table_insert(state->by_id, &self->id, self);
}

/* ---- digest ---- */

/* Returns the size that the digest has with it; one that is too large is left as it is. */
static size_t
put_entry(GArray *digest, size_t size, const Node *node)
{
	DigestEntry entry = {node->id, node->heartbeat, node->gc_version, node->max_version};
	size_t      more = datagram_digest_entry_size(&node->id);

	if (size + more > DIGEST_MAX_BYTES)
		return size;
	g_array_append_val(digest, entry);
	return size + more;
}

GArray *
state_digest(const State *state, StateKeep keep, void *data)
{
	static const NodeLife lives[] = {NODE_LIVE, NODE_DEAD}; /* the dead are left out first (3.13) */

	GArray *digest = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
	size_t  size = put_entry(digest, 0, state->nodes->pdata[0]);

	for (size_t l = 0; l < G_N_ELEMENTS(lives); l++) {
		for (guint i = 1; i < state->nodes->len; i++) {
			const Node *node = state->nodes->pdata[i];

			/* A node without keys would spread as an empty one, which VibeMQ never dials (3.6). */
			if (node->life == lives[l] && node->max_version > 0 && keep(node, data))
				size = put_entry(digest, size, node);
		}
	}
	return digest;
}

/* ---- computing deltas ---- */

typedef struct {
	const Node *node;
	uint64_t    from;
	bool        is_first;
	guint       n_missing;
	guint32     tie;
} Candidate;

uint64_t
delta_from(const Node *node, uint64_t gc, uint64_t max)
{
	/* It has not seen what was collected since: all must be told anew. */
	return gc < node->gc_version && max < node->gc_version ? 0 : max;
}

static int
by_priority(const void *a, const void *b)
{
	const Candidate *x = a, *y = b;

	if (x->is_first != y->is_first)
		return x->is_first ? -1 : 1;
	if ((x->from == 0) != (y->from == 0))
		return x->from == 0 ? -1 : 1;
	if (x->from == 0 && x->node->max_version != y->node->max_version)
		return x->node->max_version < y->node->max_version ? -1 : 1;
	if (x->from != 0 && x->n_missing != y->n_missing)
		return x->n_missing > y->n_missing ? -1 : 1;
	return (x->tie > y->tie) - (x->tie < y->tie);
}

static GHashTable *
index_digest(const GArray *digest)
{
	GHashTable *known = g_hash_table_new(hash_id, equal_ids);

	for (guint i = 0; digest != NULL && i < digest->len; i++) {
		DigestEntry *entry = &g_array_index(digest, DigestEntry, i);

		g_hash_table_insert(known, &entry->id, entry); /* of two, the last (2.5) */
	}
	return known;
}

static GArray *
find_candidates(const State *state, const DeltaRequest *request)
{
	GArray *candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
	g_autoptr(GHashTable) known = index_digest(request->digest);

	for (guint i = 0; i < state->nodes->len; i++) {
		const Node        *node = state->nodes->pdata[i];
		const DigestEntry *entry = g_hash_table_lookup(known, &node->id);
		uint64_t           gc = entry != NULL ? entry->gc_version : 0;
		uint64_t           max = entry != NULL ? entry->max_version : 0;

		if (node->max_version <= max || (i > 0 && !request->keep(node, request->data)))
			continue;

		Candidate candidate = {.node = node,
		                       .from = delta_from(node, gc, max),
		                       .is_first = node == request->only_first,
		                       .tie = g_rand_int(request->rand)};

		candidate.n_missing = node->by_version->len - above(node, candidate.from);
		g_array_append_val(candidates, candidate);
	}
	g_array_sort(candidates, by_priority);
	return candidates;
}

static KeyOp
op_of(const Key *key)
{
	return (KeyOp){slice(key->key), slice(key->value), key->version, key->status};
}

static bool
fits(const GByteArray *ops, size_t more, const DeltaRequest *request)
{
	/* Alone it may be as large as a datagram can be; a value split is a value lost. */
	size_t most = ops->len == 0 ? request->most : request->budget;

	return datagram_delta_bound(ops->len + more) <= most;
}

/* As many keys as fit, from the oldest: a tail may be cut off, a hole may not be (3.7). */
static void
put_candidate(GByteArray *ops, const Candidate *candidate, const DeltaRequest *request)
{
	const Node *node = candidate->node;
	guint       i = above(node, candidate->from);
	size_t      head = ops_node_size(&node->id);

	if (i == node->by_version->len) {
		if (!fits(ops, head + OPS_MAX_VERSION_SIZE, request))
			return;
		ops_put_node(ops, &node->id, node->gc_version, candidate->from);
		ops_put_max_version(ops, node->max_version);
		return;
	}
	for (bool begun = false; i < node->by_version->len; i++) {
		KeyOp op = op_of(node->by_version->pdata[i]);

		if (!fits(ops, (begun ? 0 : head) + ops_key_size(&op), request))
			return;
		if (!begun)
			ops_put_node(ops, &node->id, node->gc_version, candidate->from);
		begun = true;
		ops_put_key(ops, &op);
	}
}

GByteArray *
state_delta(const State *state, const DeltaRequest *request)
{
	GByteArray *ops = g_byte_array_new();
	g_autoptr(GArray) candidates = find_candidates(state, request);

	for (guint i = 0; i < candidates->len; i++)
		put_candidate(ops, &g_array_index(candidates, Candidate, i), request);
	return ops;
}

/* ---- applying deltas ---- */

DeltaVerdict
delta_judge(uint64_t gc, uint64_t max, const NodeDelta *delta)
{
	if (delta->from_version > max)
		return DELTA_GAP;
	if (delta->gc_version > gc && delta->gc_version > max)
		return delta->from_version != 0 || delta->max_version == 0 ? DELTA_BAD_RESET
		                                                            : DELTA_RESET;
	return delta->max_version <= max ? DELTA_STALE : DELTA_APPLIED;
}

/* What would kill a node that stores or relays it must stop here (3.13). */
static bool
is_poison(const NodeDelta *delta)
{
	if (delta->max_version >= ABSURD_VERSION || delta->gc_version >= ABSURD_VERSION)
		return true;
	for (guint i = 0; i < delta->keys->len; i++) {
		const KeyOp *op = &g_array_index(delta->keys, KeyOp, i);

		if (op->key.size > 0 && op->key.data[0] >= 0x80)
			return true;
	}
	return false;
}

DeltaVerdict
state_apply(State *state, const NodeDelta *delta, int64_t now_ms)
{
	Node *node = state_find(state, &delta->id);

	if (node == state_self(state))
		return DELTA_OWN;
	if (is_poison(delta))
		return DELTA_POISON;
	/* Told from the beginning, an unknown node may be learned right here (3.8, rule 2). */
	if (node == NULL && delta->from_version == 0 && delta->keys->len > 0 &&
	    find_removed(state, &delta->id) == NULL)
		node = state_learn(state, &delta->id, 0, now_ms);
	if (node == NULL)
		return DELTA_UNKNOWN;

	DeltaVerdict verdict = delta_judge(node->gc_version, node->max_version, delta);

	if (verdict != DELTA_APPLIED && verdict != DELTA_RESET)
		return verdict;
	if (verdict == DELTA_RESET) {
		forget_keys(node);
		node->max_version = 0;
		node->gc_version = delta->gc_version;
	}

	uint64_t known = node->max_version;

	for (guint i = 0; i < delta->keys->len; i++) {
		const KeyOp *op = &g_array_index(delta->keys, KeyOp, i);

		if (op->version > known &&
		    (op->status == STATUS_SET || op->version > node->gc_version))
			put_key(state, node, op, now_ms);
	}
	node->max_version = delta->max_version;
	return verdict;
}

/* ---- forgetting ---- */

static void
collect_node(Node *node, int64_t grace_ms, int64_t now_ms)
{
	for (guint i = 0; i < node->by_version->len;) {
		Key *key = node->by_version->pdata[i];

		if (key->status == STATUS_SET || key->applied_ms + grace_ms > now_ms) {
			i++;
			continue;
		}
		node->gc_version = MAX(node->gc_version, key->version);
		drop_key(node, key);
	}
}

void
state_collect(State *state, int64_t grace_ms, int64_t now_ms)
{
	for (guint i = 0; i < state->nodes->len; i++)
		collect_node(state->nodes->pdata[i], grace_ms, now_ms);
}
