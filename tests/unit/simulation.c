/* SPDX-License-Identifier: Apache-2.0 */
/* simulation.c - a world of gossiping nodes in one thread */
#include "simulation.h"

#include <string.h>

#define PORT 7946

typedef struct {
	World      *world;
	unsigned    i;
	Gossip     *gossip; /* NULL: not running */
	uint64_t    generation;
	int64_t     next_tick_ms;
	char       *wants;
	const char *cluster;
	GHashTable *live;   /* of NodeId, the state's own */
} SimNode;

typedef struct {
	int64_t  at_ms;
	uint64_t number; /* of two at one time the earlier goes first */
	unsigned from, to;
	GBytes  *bytes;
} Flight;

struct World {
	SimNode  *nodes;
	unsigned  n, loss, cut, deaths;
	GRand    *rand;
	GTree    *flights; /* of Flight, by time */
	uint64_t  sent;
	int64_t   now_ms, behind_ms; /* behind: of clocks that were set back */
};

/* ---- the network ---- */

static int
by_time(const void *a, const void *b, void *unused)
{
	const Flight *x = a, *y = b;

	(void) unused;
	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void
flight_free(void *data)
{
	Flight *flight = data;

	g_bytes_unref(flight->bytes);
	g_free(flight);
}

static NodeAddress
address_of(unsigned i)
{
	return (NodeAddress){.ip_version = 4,
	                     .ip = {10, 0, (uint8_t) (i >> 8), (uint8_t) i},
	                     .port = PORT};
}

static unsigned
index_of(const NodeAddress *address)
{
	return (unsigned) address->ip[2] << 8 | address->ip[3];
}

static bool
in_reach(const World *world, unsigned a, unsigned b)
{
	return (a < world->cut) == (b < world->cut);
}

guint32
world_random(World *world, guint32 below)
{
	return (guint32) g_rand_int_range(world->rand, 0, (gint32) below);
}

static void
on_send(VmqBytes datagram, const NodeAddress *to, void *data)
{
	SimNode *node = data;
	World   *world = node->world;
	unsigned target = index_of(to);

	g_assert(datagram.size <= DATAGRAM_MAX_BYTES);
	world->sent++;
	if (target >= world->n || !in_reach(world, node->i, target) ||
	    world_random(world, 100) < world->loss)
		return;

	Flight *flight = g_new(Flight, 1);

	*flight = (Flight){world->now_ms + 1 + world_random(world, 20), world->sent, node->i, target,
	                   g_bytes_new(datagram.data, datagram.size)};
	g_tree_insert(world->flights, flight, flight);
}

static void
arrive(World *world, const Flight *flight)
{
	SimNode    *node = &world->nodes[flight->to];
	NodeAddress from = address_of(flight->from);
	gsize       size;
	const void *data = g_bytes_get_data(flight->bytes, &size);

	if (node->gossip != NULL)
		gossip_receive(node->gossip, (VmqBytes){data, size}, &from, world->now_ms);
}

/* ---- what a node sees ---- */

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	(void) node;
	(void) key;
	(void) value;
	(void) data;
}

static void
on_live(const Node *node, void *data)
{
	g_hash_table_add(((SimNode *) data)->live, (gpointer) &node->id);
}

static void
on_dead(const Node *node, void *data)
{
	SimNode       *self = data;
	World         *world = self->world;
	const SimNode *other = &world->nodes[index_of(&node->id.address)];

	g_hash_table_remove(self->live, &node->id);
	if (other->gossip != NULL && other->generation == node->id.generation &&
	    in_reach(world, self->i, other->i))
		world->deaths++;
}

static void
on_removed(const Node *node, void *data)
{
	g_assert(!g_hash_table_contains(((SimNode *) data)->live, &node->id));
}

static void
on_clash(const NodeId *other, void *data)
{
	(void) other;
	(void) data;
	g_assert_not_reached();
}

static void
on_outlived(uint64_t former, uint64_t generation, void *data)
{
	SimNode *node = data;

	g_assert(node->generation < former && former < generation);
	node->generation = generation;
}

static void
on_refused(const NodeAddress *from, const char *why, void *data)
{
	const SimNode *node = data;

	if (g_str_equal(node->cluster, node->world->nodes[index_of(from)].cluster))
		g_error("refused: %s", why);
}

static void
on_newest(const Node *node, void *data)
{
	(void) node;
	(void) data;
	g_assert_not_reached(); /* generations say it here */
}

static const GossipEvents events = {.send = on_send,
                                    .on_key = on_key,
                                    .on_live = on_live,
                                    .on_newest = on_newest,
                                    .on_dead = on_dead,
                                    .on_removed = on_removed,
                                    .on_clash = on_clash,
                                    .on_outlived = on_outlived,
                                    .on_refused = on_refused};

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

void
world_start(World *world, unsigned i)
{
	SimNode         *node = &world->nodes[i];
	g_autofree char *name = g_strdup_printf("node%u", i);
	NodeAddress      seed = address_of(0);
	GossipConfig     config = {
			.self = {.name = name, .address = address_of(i)},
			.cluster_id = node->cluster,
			.interval_ms = SIM_INTERVAL_MS,
			.failure = {.threshold = 8, .window = 1000, .max_interval_ms = 10000,
                                    .prior_ms = SIM_INTERVAL_MS},
			.dead_grace_ms = 600 * 1000,
			.tombstone_grace_ms = 300 * 1000,
			.delta_budget = 8000,
			.seed = world_random(world, G_MAXINT32),
        };

	g_assert(node->gossip == NULL);
	node->generation = config.self.generation = (uint64_t) (world->now_ms - world->behind_ms);
	node->gossip = gossip_new(&config, &events, node);
	node->live = g_hash_table_new(hash_id, equal_ids);
	gossip_set(node->gossip, "peer_addr", "10.0.0.1:7947", world->now_ms);
	gossip_set(node->gossip, "subscriptions", node->wants, world->now_ms);
	gossip_set_seeds(node->gossip, &seed, 1);
	node->next_tick_ms = world->now_ms;
}

void
world_start_all(World *world)
{
	for (unsigned i = 0; i < world->n; i++) {
		world_start(world, i);
		world->nodes[i].next_tick_ms += world_random(world, SIM_INTERVAL_MS);
	}
}

void
world_kill(World *world, unsigned i)
{
	g_clear_pointer(&world->nodes[i].live, g_hash_table_unref);
	g_clear_pointer(&world->nodes[i].gossip, gossip_free);
}

void
world_leave(World *world, unsigned i)
{
	gossip_farewell(world->nodes[i].gossip, world->now_ms);
	world_kill(world, i);
}

bool
world_is_running(const World *world, unsigned i)
{
	return world->nodes[i].gossip != NULL;
}

void
world_move(World *world, unsigned i, const char *cluster)
{
	g_assert(!world_is_running(world, i));
	world->nodes[i].cluster = cluster;
}

void
world_want(World *world, unsigned i, const char *filters)
{
	SimNode *node = &world->nodes[i];

	g_free(node->wants);
	node->wants = g_strdup(filters);
	if (node->gossip != NULL)
		gossip_set(node->gossip, "subscriptions", filters, world->now_ms);
}

void
world_set_back(World *world, int64_t ms)
{
	world->behind_ms += ms;
}

void
world_set_loss(World *world, unsigned percent)
{
	world->loss = percent;
}

void
world_cut(World *world, unsigned first)
{
	world->cut = first;
}

Gossip *
world_gossip(World *world, unsigned i)
{
	return world->nodes[i].gossip;
}

uint64_t
world_sent(const World *world)
{
	return world->sent;
}

unsigned
world_deaths(const World *world)
{
	return world->deaths;
}

int64_t
world_now_ms(const World *world)
{
	return world->now_ms;
}

/* ---- time ---- */

static void
tick_due(World *world)
{
	for (unsigned i = 0; i < world->n; i++) {
		SimNode *node = &world->nodes[i];

		if (node->gossip == NULL || node->next_tick_ms > world->now_ms)
			continue;
		node->next_tick_ms = world->now_ms + SIM_INTERVAL_MS;
		gossip_tick(node->gossip, world->now_ms);
	}
}

static Flight *
first_flight(World *world)
{
	GTreeNode *first = g_tree_node_first(world->flights);

	return first != NULL ? g_tree_node_key(first) : NULL;
}

void
world_run(World *world, int64_t ms)
{
	int64_t end_ms = world->now_ms + ms;

	for (; world->now_ms < end_ms; world->now_ms++) {
		for (Flight *flight; (flight = first_flight(world)) != NULL &&
		                     flight->at_ms <= world->now_ms;) {
			g_tree_steal(world->flights, flight);
			arrive(world, flight);
			flight_free(flight);
		}
		tick_due(world);
	}
}

/* ---- agreement ---- */

static bool
knows(World *world, const SimNode *node, const SimNode *other)
{
	g_autofree char *name = g_strdup_printf("node%u", other->i);
	const Node      *seen = gossip_newest(node->gossip, name);
	bool             wanted = other->gossip != NULL && in_reach(world, node->i, other->i);

	if (!wanted)
		return seen == NULL || seen->life == NODE_DEAD;
	if (seen == NULL || seen->id.generation != other->generation || seen->life != NODE_LIVE)
		return false;

	VmqBytes filters = node_get(seen, "subscriptions");

	return filters.size == strlen(other->wants) &&
	       memcmp(filters.data, other->wants, filters.size) == 0;
}

bool
world_agrees(World *world)
{
	for (unsigned i = 0; i < world->n; i++)
		for (unsigned j = 0; world->nodes[i].gossip != NULL && j < world->n; j++)
			if (i != j && !knows(world, &world->nodes[i], &world->nodes[j]))
				return false;
	return true;
}

int64_t
world_settle(World *world, int64_t most_ms)
{
	int64_t start_ms = world->now_ms;

	while (!world_agrees(world)) {
		if (world->now_ms - start_ms > most_ms)
			return -1;
		world_run(world, SIM_INTERVAL_MS / 4);
	}
	return world->now_ms - start_ms;
}

/* ---- life ---- */

World *
world_new(unsigned n, guint32 seed)
{
	World *world = g_new0(World, 1);

	world->nodes = g_new0(SimNode, n);
	world->n = n;
	world->rand = g_rand_new_with_seed(seed);
	world->flights = g_tree_new_full(by_time, NULL, flight_free, NULL);
	world->now_ms = 1000000000;
	for (unsigned i = 0; i < n; i++)
		world->nodes[i] = (SimNode){.world = world, .i = i, .wants = g_strdup("[]"),
		                            .cluster = "simulation"};
	return world;
}

void
world_free(World *world)
{
	for (unsigned i = 0; i < world->n; i++) {
		world_kill(world, i);
		g_free(world->nodes[i].wants);
	}
	g_tree_unref(world->flights);
	g_rand_free(world->rand);
	g_free(world->nodes);
	g_free(world);
}
