/* SPDX-License-Identifier: Apache-2.0 */
/* gossip.c - chitchat as a pure machine */
#include "gossip.h"

#include <string.h>

/* Live nodes that one tick opens a handshake with (wire protocol 3.3). */
#define LIVE_TARGETS 3

/* New nodes that are greeted at once, per tick: a stranger's digest cannot make us flood others. */
#define GREETINGS_PER_TICK 64

/* How often we take another generation: beyond that somebody else has our name and our address. */
#define LIVES_MAX 3

struct Gossip {
	GossipConfig config;
	GossipEvents events;
	void        *data;
	State       *state;
	GRand       *rand;
	GArray      *seeds;    /* of NodeAddress */
	GHashTable  *knows_us; /* names of nodes whose digest has listed us with our keys */
	GossipCounts counts;
	int64_t      now_ms;   /* of the call in progress */
	unsigned     n_greeted; /* new nodes, since the last tick */
	unsigned     n_outlived; /* former lives, up to LIVES_MAX */
};

/* ---- sending ---- */

static void
send_out(Gossip *gossip, const GByteArray *datagram, const NodeAddress *to)
{
	gossip->counts.sent++;
	gossip->events.send((VmqBytes){datagram->data, datagram->len}, to, gossip->data);
}

/* Nodes dead for half their grace are told no more (4.3). */
static bool
is_told(const Node *node, void *data)
{
	const Gossip *gossip = data;

	return node->life == NODE_LIVE ||
	       gossip->now_ms <= node->died_ms + gossip->config.dead_grace_ms / 2;
}

static GArray *
digest(const Gossip *gossip)
{
	return state_digest(gossip->state, is_told, (void *) gossip);
}

static GByteArray *
delta(Gossip *gossip, const GArray *against, size_t taken)
{
	size_t       most = DATAGRAM_MAX_BYTES - 4 - taken;
	DeltaRequest request = {
		.digest = against,
		.budget = MIN(gossip->config.delta_budget, most),
		.most = most,
		.keep = is_told,
		.data = gossip,
		.only_first = against == NULL ? state_self(gossip->state) : NULL,
		.rand = gossip->rand,
	};

	return state_delta(gossip->state, &request);
}

static void
send_syn(Gossip *gossip, const GArray *entries, const NodeAddress *to)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	const char *cluster = gossip->config.cluster_id;

	datagram_put_header(out, GOSSIP_SYN, 0);
	datagram_put_digest(out, entries, 0);
	datagram_put_string(out, (VmqBytes){(const uint8_t *) cluster, strlen(cluster)});
	send_out(gossip, out, to);
}

static void
send_ack(Gossip *gossip, const GArray *against, uint8_t version, const NodeAddress *to)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GByteArray) ops = delta(gossip, against, 0);

	datagram_put_header(out, GOSSIP_ACK, version);
	datagram_put_delta(out, ops);
	send_out(gossip, out, to);
}

static void
send_synack(Gossip *gossip, const GossipMsg *syn, const NodeAddress *to)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GArray) entries = digest(gossip);

	datagram_put_header(out, GOSSIP_SYNACK, syn->version);
	datagram_put_digest(out, entries, syn->version);

	g_autoptr(GByteArray) ops = delta(gossip, syn->digest, out->len - 4);

	datagram_put_delta(out, ops);
	send_out(gossip, out, to);
}

/*
 * First contact: our keys go first, so that 0.9 learns of us with them, and the Syn
 * names only us, so that it learns of nobody without (3.14).
 */
static void
introduce(Gossip *gossip, const NodeAddress *to)
{
	g_autoptr(GArray) entries = digest(gossip);

	g_array_set_size(entries, 1);
	send_ack(gossip, NULL, 0, to);
	send_syn(gossip, entries, to);
}

static const Node *
node_at(const Gossip *gossip, const NodeAddress *address)
{
	const Node *found = NULL;

	for (unsigned i = 1; i < state_count(gossip->state); i++) {
		const Node *node = state_at(gossip->state, i);

		if (node_address_equal(&node->id.address, address) &&
		    (found == NULL || node->id.generation > found->id.generation))
			found = node;
	}
	return found;
}

static void
greet(Gossip *gossip, const NodeAddress *to)
{
	const Node *node = node_at(gossip, to);

	if (node == NULL || !g_hash_table_contains(gossip->knows_us, node->id.name)) {
		introduce(gossip, to);
		return;
	}

	g_autoptr(GArray) entries = digest(gossip);

	send_syn(gossip, entries, to);
}

/* ---- whom to greet (3.3) ---- */

static bool
has_address(const GArray *list, const NodeAddress *address)
{
	for (guint i = 0; i < list->len; i++)
		if (node_address_equal(&g_array_index(list, NodeAddress, i), address))
			return true;
	return false;
}

/* A node that advertises no address is reached where it last came from. */
static const NodeAddress *
address_of(const Node *node)
{
	return node_address_is_usable(&node->id.address) ? &node->id.address : &node->heard_from;
}

static void
add_address(GArray *list, const NodeAddress *address)
{
	if (node_address_is_usable(address) && !has_address(list, address))
		g_array_append_val(list, *address);
}

/* A random one is taken out of the list. */
static NodeAddress
draw(Gossip *gossip, GArray *list)
{
	guint       i = (guint) g_rand_int_range(gossip->rand, 0, (gint32) list->len);
	NodeAddress address = g_array_index(list, NodeAddress, i);

	g_array_remove_index_fast(list, i);
	return address;
}

static GArray *
other_seeds(const Gossip *gossip)
{
	GArray *seeds = g_array_new(FALSE, FALSE, sizeof(NodeAddress));

	for (guint i = 0; i < gossip->seeds->len; i++) {
		const NodeAddress *seed = &g_array_index(gossip->seeds, NodeAddress, i);

		if (!node_address_equal(seed, &gossip->config.self.address))
			g_array_append_val(seeds, *seed);
	}
	return seeds;
}

static GArray *
choose_targets(Gossip *gossip)
{
	GArray *targets = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	g_autoptr(GArray) live = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	g_autoptr(GArray) dead = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	g_autoptr(GArray) seeds = other_seeds(gossip);

	for (unsigned i = 1; i < state_count(gossip->state); i++) {
		const Node        *node = state_at(gossip->state, i);
		const NodeAddress *address = address_of(node);

		/* A former life of ours had our address. */
		if (!node_address_equal(address, &gossip->config.self.address))
			add_address(node->life == NODE_LIVE ? live : dead, address);
	}

	unsigned n_live = live->len, n_dead = dead->len;
	GArray  *pool = n_live > 0 ? live : dead;
	bool     met_seed = false;

	for (unsigned i = 0; i < LIVE_TARGETS && pool->len > 0; i++) {
		NodeAddress address = draw(gossip, pool);

		met_seed |= has_address(seeds, &address);
		add_address(targets, &address);
	}
	if (dead->len > 0 && (double) n_dead / (n_live + 1) > g_rand_double(gossip->rand)) {
		NodeAddress address = draw(gossip, dead);

		add_address(targets, &address);
	}
	if (seeds->len > 0 && (!met_seed || n_live < seeds->len) &&
	    (n_live == 0 ||
	     g_rand_double(gossip->rand) <= (double) seeds->len / (n_live + n_dead))) {
		NodeAddress address = draw(gossip, seeds);

		add_address(targets, &address);
	}
	return targets;
}

/* ---- life and death (4.2, 4.3) ---- */

static void
judge(Gossip *gossip, Node *node)
{
	bool alive = rhythm_is_alive(&node->rhythm, &gossip->config.failure, gossip->now_ms);

	if (alive && node->life == NODE_DEAD) {
		node->life = NODE_LIVE;
		gossip->events.on_live(node, gossip->data);
	} else if (!alive) {
		rhythm_forget(&node->rhythm);
		if (node->life == NODE_LIVE) {
			node->life = NODE_DEAD;
			node->died_ms = gossip->now_ms;
			gossip->events.on_dead(node, gossip->data);
		}
	}
}

static void
judge_all(Gossip *gossip)
{
	for (unsigned i = 1; i < state_count(gossip->state); i++) {
		Node *node = state_at(gossip->state, i);

		/* One interval is needed to live; until then there is nothing to forget. */
		if (node->rhythm.n > 0 || node->life == NODE_LIVE)
			judge(gossip, node);
	}
	for (unsigned i = 1; i < state_count(gossip->state);) {
		Node *node = state_at(gossip->state, i);

		if (node->life == NODE_LIVE ||
		    gossip->now_ms < node->died_ms + gossip->config.dead_grace_ms) {
			i++;
			continue;
		}
		gossip->events.on_removed(node, gossip->data);
		g_hash_table_remove(gossip->knows_us, node->id.name);
		state_remove(gossip->state, node);
	}
}

void
gossip_tick(Gossip *gossip, int64_t now_ms)
{
	gossip->now_ms = now_ms;

	g_autoptr(GArray) targets = choose_targets(gossip);

	gossip->n_greeted = 0;
	state_self(gossip->state)->heartbeat++;
	state_collect(gossip->state, gossip->config.tombstone_grace_ms, now_ms);
	for (guint i = 0; i < targets->len; i++)
		greet(gossip, &g_array_index(targets, NodeAddress, i));
	judge_all(gossip);
}

/* ---- what others say ---- */

/* What a digest says of us: whether its sender has our keys, and whether somebody is us too. */
static void
look_at_own_entry(Gossip *gossip, const DigestEntry *entry, const Node *sender)
{
	Node *self = state_self(gossip->state);

	if (sender != NULL && entry->max_version > 0)
		g_hash_table_add(gossip->knows_us, g_strdup(sender->id.name));
	if (entry->max_version > self->max_version || entry->heartbeat > self->heartbeat) {
		gossip->events.on_clash(&entry->id, gossip->data);
		state_outdo(gossip->state, entry->max_version, entry->heartbeat, gossip->now_ms);
	}
}

/* A node that advertises no address tells its own digest from where nobody else is (3.3). */
static void
note_hidden_sender(Gossip *gossip, Node *node, const NodeAddress *from)
{
	if (!node_address_is_usable(&node->id.address) && node_at(gossip, from) == NULL)
		node->heard_from = *from;
}

static void
look_at_entry(Gossip *gossip, const DigestEntry *entry, const NodeAddress *from)
{
	const NodeId *self = &gossip->config.self;
	bool          is_new = state_find(gossip->state, &entry->id) == NULL;
	Node *node = state_learn(gossip->state, &entry->id, entry->heartbeat, gossip->now_ms);

	if (node == NULL)
		return;
	if (is_new && g_str_equal(entry->id.name, self->name) &&
	    entry->id.generation > self->generation)
		gossip->events.on_clash(&entry->id, gossip->data);

	/* The first may be old news of a dead node: it counts from the second on (3.5). */
	if (entry->heartbeat > node->heartbeat) {
		if (node->heartbeat != 0)
			rhythm_beat(&node->rhythm, &gossip->config.failure, gossip->now_ms);
		node->heartbeat = entry->heartbeat;
		note_hidden_sender(gossip, node, from);
	}
	if (is_new && node_address_is_usable(&node->id.address) &&
	    !node_address_equal(&node->id.address, &self->address) &&
	    gossip->n_greeted++ < GREETINGS_PER_TICK)
		introduce(gossip, &node->id.address);
}

/* The greatest generation that somebody with our name and address has had; 0: nobody had any. */
static uint64_t
last_life(const Gossip *gossip, const GArray *entries)
{
	const NodeId *self = &gossip->config.self;
	uint64_t      last = 0;

	for (guint i = 0; i < entries->len; i++) {
		const NodeId *id = &g_array_index(entries, DigestEntry, i).id;

		if (g_str_equal(id->name, self->name) &&
		    node_address_equal(&id->address, &self->address))
			last = MAX(last, id->generation);
	}
	return last;
}

/* The clock was set back since we were started before: of two lives the greater counts (3.12). */
static void
outlive(Gossip *gossip, uint64_t former)
{
	gossip->n_outlived++;
	state_outlive(gossip->state, former);
	gossip->config.self.generation = state_self(gossip->state)->id.generation;
	g_hash_table_remove_all(gossip->knows_us);
	gossip->events.on_outlived(former, gossip->config.self.generation, gossip->data);
}

static void
look_at_digest(Gossip *gossip, const GArray *entries, const NodeAddress *from)
{
	const NodeId *self = &gossip->config.self;
	uint64_t      former = last_life(gossip, entries);
	const Node   *sender;

	if (former > self->generation && former < INT64_MAX && gossip->n_outlived < LIVES_MAX)
		outlive(gossip, former);
	for (guint i = 0; i < entries->len; i++) {
		const DigestEntry *entry = &g_array_index(entries, DigestEntry, i);

		if (!node_id_equal(&entry->id, self))
			look_at_entry(gossip, entry, from);
	}
	sender = node_at(gossip, from);
	for (guint i = 0; i < entries->len; i++) {
		const DigestEntry *entry = &g_array_index(entries, DigestEntry, i);

		if (node_id_equal(&entry->id, self))
			look_at_own_entry(gossip, entry, sender);
	}
}

static void
apply(Gossip *gossip, const NodeDelta *delta)
{
	DeltaVerdict verdict = state_apply(gossip->state, delta, gossip->now_ms);

	if (verdict == DELTA_APPLIED || verdict == DELTA_RESET)
		gossip->counts.applied++;
	else
		gossip->counts.rejected++;
	gossip->counts.poison += verdict == DELTA_POISON;
}

static void
on_synack(Gossip *gossip, const GossipMsg *msg, const NodeAddress *from)
{
	look_at_digest(gossip, msg->digest, from);
	for (guint i = 0; i < msg->deltas->len; i++)
		apply(gossip, &g_array_index(msg->deltas, NodeDelta, i));
	send_ack(gossip, msg->digest, msg->version, from);
}

/*
 * An Ack does not say of which cluster it is, and anybody may push one: who has not
 * been let in by a Syn brings us no new nodes (3.8, rule 2 leaves that to us).
 */
static void
on_ack(Gossip *gossip, const GossipMsg *msg, const NodeAddress *from)
{
	bool is_stranger = node_at(gossip, from) == NULL;

	for (guint i = 0; i < msg->deltas->len; i++) {
		const NodeDelta *delta = &g_array_index(msg->deltas, NodeDelta, i);

		if (is_stranger && state_find(gossip->state, &delta->id) == NULL)
			gossip->counts.rejected++;
		else
			apply(gossip, delta);
	}
}

/* ---- several lives of one name ---- */

static int64_t
last_sign_ms(const Node *node)
{
	return MAX(node->heard_ms, node->rhythm.last_ms);
}

/*
 * A restart makes a greater generation, but VibeMQ's is always 0: then the address may
 * be another, and of two such nodes the one counts that gave the last sign of life. A
 * datagram of its own is one, too: after a return to an old address its heartbeat is
 * below what is known of it, perhaps for hours (3.12). Who is so long dead that he is told
 * no more counts no more either: nobody tells his next life what it would have to outlive.
 */
static bool
is_newer(const Gossip *gossip, const Node *a, const Node *b)
{
	bool a_is_told = is_told(a, (void *) gossip);

	if (a_is_told != is_told(b, (void *) gossip))
		return a_is_told;
	if (a->id.generation != b->id.generation)
		return a->id.generation > b->id.generation;
	return last_sign_ms(a) > last_sign_ms(b);
}

const Node *
gossip_newest(const Gossip *gossip, const char *name)
{
	const Node *newest = NULL;

	for (unsigned i = 1; i < state_count(gossip->state); i++) {
		const Node *node = state_at(gossip->state, i);

		if (g_str_equal(node->id.name, name) &&
		    (newest == NULL || is_newer(gossip, node, newest)))
			newest = node;
	}
	return newest;
}

static void
note_sender(Gossip *gossip, const NodeAddress *from)
{
	Node *node = (Node *) node_at(gossip, from);

	if (node == NULL)
		return;

	const Node *newest = gossip_newest(gossip, node->id.name);

	node->heard_ms = gossip->now_ms;
	node->heard_from = *from;
	if (newest != node && gossip_newest(gossip, node->id.name) == node)
		gossip->events.on_newest(node, gossip->data);
}

static bool
is_our_cluster(const Gossip *gossip, VmqBytes id)
{
	return id.size == strlen(gossip->config.cluster_id) &&
	       memcmp(id.data, gossip->config.cluster_id, id.size) == 0;
}

static void
on_syn(Gossip *gossip, const GossipMsg *msg, const NodeAddress *from)
{
	if (!is_our_cluster(gossip, msg->cluster_id)) {
		g_autoptr(GByteArray) out = g_byte_array_new();

		gossip->counts.foreign++;
		datagram_put_header(out, GOSSIP_BAD_CLUSTER, msg->version);
		send_out(gossip, out, from);
		return;
	}
	look_at_digest(gossip, msg->digest, from);
	send_synack(gossip, msg, from);
}

void
gossip_receive(Gossip *gossip, VmqBytes data, const NodeAddress *from, int64_t now_ms)
{
	const char *why = NULL;
	g_autoptr(GossipMsg) msg = datagram_decode(data, &why);

	gossip->now_ms = now_ms;
	gossip->counts.received++;
	if (msg == NULL) {
		gossip->counts.refused++;
		gossip->events.on_refused(from, why, gossip->data);
		return;
	}
	state_self(gossip->state)->heartbeat++;
	switch (msg->type) {
	case GOSSIP_SYN:
		on_syn(gossip, msg, from);
		break;
	case GOSSIP_SYNACK:
		on_synack(gossip, msg, from);
		break;
	case GOSSIP_ACK:
		on_ack(gossip, msg, from);
		break;
	case GOSSIP_BAD_CLUSTER:
		gossip->counts.foreign++;
		gossip->events.on_refused(from, "it is in another cluster", gossip->data);
		break;
	}
	note_sender(gossip, from);
}

void
gossip_doubt(Gossip *gossip, const char *name)
{
	g_hash_table_remove(gossip->knows_us, name);
}

void
gossip_farewell(Gossip *gossip, int64_t now_ms)
{
	gossip->now_ms = now_ms;
	state_set(gossip->state, "subscriptions", (VmqBytes){(const uint8_t *) "[]", 2}, now_ms);
	for (unsigned i = 1; i < state_count(gossip->state); i++) {
		const Node *node = state_at(gossip->state, i);

		if (node->life == NODE_LIVE)
			send_ack(gossip, NULL, 0, address_of(node));
	}
}

/* ---- looking in ---- */

void
gossip_foreach(const Gossip *gossip, GossipEach each, void *data)
{
	for (unsigned i = 1; i < state_count(gossip->state); i++)
		each(state_at(gossip->state, i), data);
}

const State *
gossip_state(const Gossip *gossip)
{
	return gossip->state;
}

const GossipCounts *
gossip_counts(const Gossip *gossip)
{
	return &gossip->counts;
}

/* ---- the own side ---- */

void
gossip_set(Gossip *gossip, const char *key, const char *value, int64_t now_ms)
{
	state_set(gossip->state, key, (VmqBytes){(const uint8_t *) value, strlen(value)}, now_ms);
}

void
gossip_set_seeds(Gossip *gossip, const NodeAddress *seeds, unsigned n)
{
	g_array_set_size(gossip->seeds, 0);
	for (unsigned i = 0; i < n; i++)
		add_address(gossip->seeds, &seeds[i]);
}

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	Gossip *gossip = data;

	if (gossip->state != NULL && node != state_self(gossip->state))
		gossip->events.on_key(node, key, value, gossip->data);
}

Gossip *
gossip_new(const GossipConfig *config, const GossipEvents *events, void *data)
{
	Gossip *gossip = g_new0(Gossip, 1);

	gossip->config = *config;
	gossip->config.self.name = g_intern_string(config->self.name);
	gossip->config.cluster_id = g_intern_string(config->cluster_id);
	gossip->events = *events;
	gossip->data = data;
	gossip->state = state_new(&gossip->config.self, on_key, gossip);
	gossip->rand = g_rand_new_with_seed(config->seed);
	gossip->seeds = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	gossip->knows_us = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return gossip;
}

void
gossip_free(Gossip *gossip)
{
	if (gossip == NULL)
		return;
	state_free(gossip->state);
	g_rand_free(gossip->rand);
	g_array_unref(gossip->seeds);
	g_hash_table_unref(gossip->knows_us);
	g_free(gossip);
}
