/* SPDX-License-Identifier: Apache-2.0 */
/* test-state.c - versions, digests and deltas by the tables of the wire protocol (3.7 to 3.13) */
#include "state.h"
#include "unit.h"

#include <string.h>

#define NOW 1000

static unsigned n_told;

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	(void) node;
	(void) key;
	(void) value;
	(void) data;
	n_told++;
}

static NodeId
id_of(const char *name)
{
	NodeId id = {.name = name, .generation = 1};

	node_address_parse("127.0.0.1:7946", &id.address);
	return id;
}

static State *
new_state(void)
{
	NodeId self = id_of("self");

	n_told = 0;
	return state_new(&self, on_key, NULL);
}

static VmqBytes
text(const char *s)
{
	return (VmqBytes){(const uint8_t *) s, strlen(s)};
}

static bool
keep_all(const Node *node, void *data)
{
	(void) node;
	(void) data;
	return true;
}

/* ---- a delta made by hand ---- */

static NodeDelta
delta_of(const char *name, uint64_t gc, uint64_t from)
{
	return (NodeDelta){.id = id_of(name),
	                   .gc_version = gc,
	                   .from_version = from,
	                   .keys = g_array_new(FALSE, FALSE, sizeof(KeyOp))};
}

static void
add_key(NodeDelta *delta, const char *key, const char *value, uint64_t version, KeyStatus status)
{
	KeyOp op = {text(key), text(value), version, status};

	g_array_append_val(delta->keys, op);
	delta->max_version = version;
}

static DeltaVerdict
apply(State *state, NodeDelta *delta)
{
	DeltaVerdict verdict = state_apply(state, delta, NOW);

	g_array_unref(delta->keys);
	return verdict;
}

static void
assert_key(State *state, const char *name, const char *key, const char *value)
{
	NodeId   id = id_of(name);
	VmqBytes found = node_get(state_find(state, &id), key);

	if (value == NULL) {
		ck_assert_ptr_null(found.data);
		return;
	}
	ck_assert_uint_eq(found.size, strlen(value));
	ck_assert(memcmp(found.data, value, found.size) == 0);
}

/* ---- the tables ---- */

START_TEST(a_delta_is_judged_by_its_numbers)
{
	static const struct {
		uint64_t     gc, max, delta_gc, from, delta_max;
		DeltaVerdict verdict;
	} table[] = {
		{0, 0, 0, 0, 2, DELTA_APPLIED},   {0, 2, 0, 2, 9, DELTA_APPLIED},
		{0, 2, 0, 0, 9, DELTA_APPLIED},   {0, 2, 0, 5, 9, DELTA_GAP},
		{0, 9, 0, 2, 9, DELTA_STALE},     {0, 9, 0, 0, 4, DELTA_STALE},
		{0, 2, 7, 0, 9, DELTA_RESET},     {0, 2, 7, 2, 9, DELTA_BAD_RESET},
		{0, 2, 2, 2, 9, DELTA_APPLIED},   {0, 7, 7, 0, 9, DELTA_APPLIED},
		{7, 2, 7, 2, 9, DELTA_APPLIED},   {9, 4, 7, 4, 9, DELTA_APPLIED},
		{0, 2, 7, 0, 0, DELTA_BAD_RESET},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		NodeDelta delta = {.gc_version = table[i].delta_gc,
		                   .from_version = table[i].from,
		                   .max_version = table[i].delta_max};

		ck_assert_msg(delta_judge(table[i].gc, table[i].max, &delta) == table[i].verdict,
		              "row %zu", i);
	}
}
END_TEST

START_TEST(a_delta_begins_where_the_digest_ends_unless_too_much_was_collected)
{
	static const struct {
		uint64_t have_gc, have_max, gc, max, from;
	} table[] = {{0, 5, 0, 0, 0}, {0, 5, 0, 3, 3}, {4, 9, 0, 3, 0},
	             {4, 9, 0, 4, 4}, {4, 9, 4, 2, 2}, {4, 9, 5, 3, 3}};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		Node node = {.gc_version = table[i].have_gc, .max_version = table[i].have_max};

		ck_assert_msg(delta_from(&node, table[i].gc, table[i].max) == table[i].from, "row %zu",
		              i);
	}
}
END_TEST

/* ---- own keys ---- */

START_TEST(a_version_per_change_and_none_for_no_change)
{
	State *state = new_state();

	state_set(state, "k", text("a"), NOW);
	state_set(state, "k", text("a"), NOW);
	ck_assert_uint_eq(state_self(state)->max_version, 1);
	state_set(state, "k", text("b"), NOW);
	state_set(state, "l", text(""), NOW);
	ck_assert_uint_eq(state_self(state)->max_version, 3);
	ck_assert_uint_eq(n_told, 3);
	assert_key(state, "self", "k", "b");
	assert_key(state, "self", "l", "");
	assert_key(state, "self", "m", NULL);
	state_free(state);
}
END_TEST

START_TEST(whoever_claims_to_know_more_of_us_is_outdone)
{
	State *state = new_state();

	state_set(state, "a", text("1"), NOW);
	state_set(state, "b", text("2"), NOW);
	state_outdo(state, 100, 50, NOW);
	ck_assert_uint_eq(state_self(state)->max_version, 102);
	ck_assert_uint_eq(state_self(state)->heartbeat, 51);
	ck_assert_uint_eq(((Key *) state_self(state)->by_version->pdata[0])->version, 101);

	/* A lie as large as can be must not leave us without versions. */
	state_outdo(state, UINT64_MAX, UINT64_MAX, NOW);
	ck_assert_uint_eq(state_self(state)->max_version, 102);
	state_free(state);
}
END_TEST

START_TEST(nobody_else_tells_us_what_we_are)
{
	State    *state = new_state();
	NodeDelta delta = delta_of("self", 0, 0);

	add_key(&delta, "k", "x", 5, STATUS_SET);
	ck_assert_int_eq(apply(state, &delta), DELTA_OWN);
	assert_key(state, "self", "k", NULL);
	state_free(state);
}
END_TEST

/* ---- applying ---- */

START_TEST(a_node_told_from_its_beginning_is_learned)
{
	State    *state = new_state();
	NodeDelta delta = delta_of("other", 0, 0);

	add_key(&delta, "a", "1", 1, STATUS_SET);
	add_key(&delta, "b", "2", 2, STATUS_SET);
	ck_assert_int_eq(apply(state, &delta), DELTA_APPLIED);
	assert_key(state, "other", "a", "1");

	NodeDelta middle = delta_of("stranger", 0, 4);

	add_key(&middle, "a", "1", 5, STATUS_SET);
	ck_assert_int_eq(apply(state, &middle), DELTA_UNKNOWN);
	ck_assert_uint_eq(state_count(state), 2);
	state_free(state);
}
END_TEST

START_TEST(what_is_known_already_is_passed_over)
{
	State    *state = new_state();
	NodeDelta first = delta_of("other", 0, 0), again = delta_of("other", 0, 0);

	add_key(&first, "a", "new", 3, STATUS_SET);
	apply(state, &first);
	add_key(&again, "a", "old", 1, STATUS_SET);
	add_key(&again, "b", "2", 4, STATUS_SET);
	ck_assert_int_eq(apply(state, &again), DELTA_APPLIED);
	assert_key(state, "other", "a", "new");
	assert_key(state, "other", "b", "2");
	state_free(state);
}
END_TEST

START_TEST(a_reset_forgets_what_was_there)
{
	State    *state = new_state();
	NodeDelta first = delta_of("other", 0, 0), reset = delta_of("other", 7, 0);

	add_key(&first, "gone", "1", 2, STATUS_SET);
	apply(state, &first);
	add_key(&reset, "stays", "1", 9, STATUS_SET);
	ck_assert_int_eq(apply(state, &reset), DELTA_RESET);
	assert_key(state, "other", "gone", NULL);
	assert_key(state, "other", "stays", "1");
	state_free(state);
}
END_TEST

START_TEST(a_tombstone_hides_a_key_and_is_collected_after_its_grace)
{
	State    *state = new_state();
	NodeId    id = id_of("other");
	NodeDelta first = delta_of("other", 0, 0), deleted = delta_of("other", 0, 2);

	add_key(&first, "k", "v", 1, STATUS_SET);
	add_key(&first, "l", "v", 2, STATUS_SET);
	apply(state, &first);
	add_key(&deleted, "k", "", 3, STATUS_DELETED);
	ck_assert_int_eq(apply(state, &deleted), DELTA_APPLIED);
	assert_key(state, "other", "k", NULL);
	state_collect(state, 500, NOW + 499);
	ck_assert_uint_eq(state_find(state, &id)->gc_version, 0);
	state_collect(state, 500, NOW + 500);
	ck_assert_uint_eq(state_find(state, &id)->gc_version, 3);
	ck_assert_uint_eq(g_hash_table_size(state_find(state, &id)->keys), 1);
	assert_key(state, "other", "l", "v");
	state_free(state);
}
END_TEST

/* Its first byte makes chitchat 0.9 cut a character in half (3.13); absurd versions last for ever. */
START_TEST(poison_goes_no_further)
{
	State    *state = new_state();
	NodeDelta key = delta_of("other", 0, 0), version = delta_of("other", 0, 0);

	add_key(&key, "\xc3\xa9", "v", 1, STATUS_SET);
	ck_assert_int_eq(apply(state, &key), DELTA_POISON);
	add_key(&version, "k", "v", UINT64_MAX, STATUS_SET);
	ck_assert_int_eq(apply(state, &version), DELTA_POISON);
	ck_assert_uint_eq(state_count(state), 1);
	state_free(state);
}
END_TEST

/* ---- nodes ---- */

START_TEST(a_removed_node_comes_back_only_with_newer_news)
{
	State *state = new_state();
	NodeId id = id_of("other");

	state_learn(state, &id, 10, NOW)->heartbeat = 10;
	state_remove(state, state_find(state, &id));
	ck_assert_ptr_null(state_learn(state, &id, 10, NOW));
	ck_assert_ptr_nonnull(state_learn(state, &id, 11, NOW));
	state_free(state);
}
END_TEST

START_TEST(strangers_cannot_fill_the_memory)
{
	State *state = new_state();

	for (unsigned i = 0; i < STATE_MAX_NODES + 100; i++) {
		g_autofree char *name = g_strdup_printf("n%u", i);
		NodeId           id = id_of(name);

		ck_assert((state_learn(state, &id, 1, NOW) != NULL) == (i + 1 < STATE_MAX_NODES));
	}
	ck_assert_uint_eq(state_count(state), STATE_MAX_NODES);
	state_free(state);
}
END_TEST

/* ---- digests and deltas ---- */

START_TEST(a_node_without_keys_is_told_to_nobody)
{
	State *state = new_state();
	NodeId id = id_of("other");

	state_learn(state, &id, 1, NOW);

	g_autoptr(GArray) digest = state_digest(state, keep_all, NULL);

	ck_assert_uint_eq(digest->len, 1);
	state_free(state);
}
END_TEST

START_TEST(a_digest_never_kills_a_reference_node)
{
	State *state = new_state();
	size_t size = 0;

	for (unsigned i = 0; i < 2000; i++) {
		g_autofree char *name = g_strdup_printf("a node with quite a long name, %u", i);
		NodeDelta        delta = delta_of(name, 0, 0);

		add_key(&delta, "k", "v", 1, STATUS_SET);
		apply(state, &delta);
	}

	g_autoptr(GArray) digest = state_digest(state, keep_all, NULL);

	for (guint i = 0; i < digest->len; i++)
		size += datagram_digest_entry_size(&g_array_index(digest, DigestEntry, i).id);
	ck_assert_uint_gt(digest->len, 500);
	ck_assert_uint_le(size, DIGEST_MAX_BYTES);
	state_free(state);
}
END_TEST

START_TEST(what_does_not_fit_into_a_digest_are_dead_nodes)
{
	State *state = new_state();

	for (unsigned i = 0; i < 2000; i++) {
		g_autofree char *name = g_strdup_printf("n%u", i);
		NodeId           id = id_of(name);
		Node            *node = state_learn(state, &id, 1, NOW);

		node->max_version = 1;
		node->life = i % 4 == 3 ? NODE_LIVE : NODE_DEAD;
	}

	g_autoptr(GArray) digest = state_digest(state, keep_all, NULL);
	unsigned n_live = 0;

	for (guint i = 1; i < digest->len; i++)
		n_live += state_find(state, &g_array_index(digest, DigestEntry, i).id)->life == NODE_LIVE;
	ck_assert_uint_lt(digest->len, 2000);
	ck_assert_uint_eq(n_live, 500);
	state_free(state);
}
END_TEST

static GByteArray *
delta_for(State *state, size_t budget, size_t most)
{
	g_autoptr(GArray) digest = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
	GRand       *rand = g_rand_new_with_seed(1);
	DeltaRequest request = {
		.digest = digest, .budget = budget, .most = most, .keep = keep_all, .rand = rand};
	GByteArray *ops = state_delta(state, &request);

	g_rand_free(rand);
	return ops;
}

START_TEST(a_delta_keeps_to_its_budget_and_loses_only_its_tail)
{
	State *state = new_state();

	for (unsigned i = 0; i < 100; i++) {
		g_autofree char *key = g_strdup_printf("key%u", i);

		state_set(state, key, text("a value of some length, as they are"), NOW);
	}

	g_autoptr(GByteArray) ops = delta_for(state, 1000, 60000);
	g_autoptr(GByteArray) datagram = g_byte_array_new();
	const char *why = NULL;

	ck_assert_uint_le(datagram_delta_bound(ops->len), 1000);
	datagram_put_header(datagram, GOSSIP_ACK, 0);
	datagram_put_delta(datagram, ops);

	g_autoptr(GossipMsg) msg = datagram_decode((VmqBytes){datagram->data, datagram->len}, &why);
	const NodeDelta *delta = &g_array_index(msg->deltas, NodeDelta, 0);

	ck_assert_uint_gt(delta->keys->len, 5);
	for (guint i = 0; i < delta->keys->len; i++)
		ck_assert_uint_eq(g_array_index(delta->keys, KeyOp, i).version, i + 1);
	state_free(state);
}
END_TEST

START_TEST(a_value_larger_than_the_budget_goes_alone)
{
	State           *state = new_state();
	g_autofree char *large = g_strnfill(20000, 'x');

	state_set(state, "large", text(large), NOW);

	g_autoptr(GByteArray) ops = delta_for(state, 1000, 60000);
	g_autoptr(GByteArray) none = delta_for(state, 1000, 10000);

	ck_assert_uint_gt(ops->len, 20000);
	ck_assert_uint_eq(none->len, 0);
	state_free(state);
}
END_TEST

UNIT_MAIN("state", a_delta_is_judged_by_its_numbers,
          a_delta_begins_where_the_digest_ends_unless_too_much_was_collected,
          a_version_per_change_and_none_for_no_change, whoever_claims_to_know_more_of_us_is_outdone,
          nobody_else_tells_us_what_we_are, a_node_told_from_its_beginning_is_learned,
          what_is_known_already_is_passed_over, a_reset_forgets_what_was_there,
          a_tombstone_hides_a_key_and_is_collected_after_its_grace, poison_goes_no_further,
          a_removed_node_comes_back_only_with_newer_news, strangers_cannot_fill_the_memory,
          a_node_without_keys_is_told_to_nobody, a_digest_never_kills_a_reference_node,
          what_does_not_fit_into_a_digest_are_dead_nodes,
          a_delta_keeps_to_its_budget_and_loses_only_its_tail,
          a_value_larger_than_the_budget_goes_alone)
