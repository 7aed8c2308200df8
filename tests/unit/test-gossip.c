/* SPDX-License-Identifier: Apache-2.0 */
/* test-gossip.c - clusters that start, lose datagrams, are cut in two, die and come back */
#include "simulation.h"
#include "unit.h"

#include <stdio.h>

#define SECOND 1000

/* Rounds of repeated tests; fewer where everything is slower. */
static unsigned
rounds(unsigned n)
{
	const char *fewer = g_getenv("VMQ_ROUNDS");

	return fewer != NULL ? MIN(n, (unsigned) atoi(fewer)) : n;
}

static World *
settled(unsigned n, guint32 seed)
{
	World *world = world_new(n, seed);

	world_start_all(world);
	ck_assert_int_ge(world_settle(world, 120 * SECOND), 0);
	return world;
}

START_TEST(nodes_that_know_one_seed_find_all_others)
{
	static const unsigned sizes[] = {2, 3, 20, 50};

	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		World  *world = world_new(sizes[i], 1);
		int64_t took;

		world_start_all(world);
		took = world_settle(world, 60 * SECOND);
		ck_assert_int_ge(took, 0);
		printf("# figure: %u nodes, one seed: all know all after %.1f gossip intervals\n",
		       sizes[i], (double) took / SIM_INTERVAL_MS);
		world_free(world);
	}
}
END_TEST

START_TEST(lost_datagrams_only_delay)
{
	World *world = world_new(50, 2);

	world_set_loss(world, 30);
	world_start_all(world);

	int64_t took = world_settle(world, 120 * SECOND);

	ck_assert_int_ge(took, 0);
	printf("# figure: 50 nodes, 30 %% of all datagrams lost: after %.1f gossip intervals\n",
	       (double) took / SIM_INTERVAL_MS);
	world_free(world);
}
END_TEST

START_TEST(a_change_reaches_everybody)
{
	World *world = settled(50, 3);

	world_want(world, 17, "[\"a/#\",\"b/+\"]");
	ck_assert(!world_agrees(world));

	int64_t took = world_settle(world, 60 * SECOND);

	ck_assert_int_ge(took, 0);
	printf("# figure: a change on one of 50 nodes is everywhere after %.1f gossip intervals\n",
	       (double) took / SIM_INTERVAL_MS);
	world_free(world);
}
END_TEST

START_TEST(a_node_that_was_killed_is_dead_to_all_and_nobody_else_is)
{
	World *world = settled(20, 4);

	world_set_loss(world, 10);
	world_run(world, 30 * SECOND);
	world_kill(world, 7);
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_run(world, 300 * SECOND);
	ck_assert(world_agrees(world));
	ck_assert_uint_eq(world_deaths(world), 0);
	world_free(world);
}
END_TEST

START_TEST(the_seed_may_die)
{
	World *world = settled(20, 5);

	world_kill(world, 0);
	world_want(world, 3, "[\"x\"]");
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_start(world, 0);
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_free(world);
}
END_TEST

START_TEST(a_node_that_comes_back_is_a_new_one_with_what_it_wants_now)
{
	World *world = settled(20, 6);

	world_want(world, 5, "[\"old\"]");
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_kill(world, 5);
	world_want(world, 5, "[\"new\"]");
	world_run(world, SECOND);
	world_start(world, 5);

	int64_t took = world_settle(world, 60 * SECOND);

	ck_assert_int_ge(took, 0);
	printf("# figure: a killed node is back on all 20 after %.1f gossip intervals\n",
	       (double) took / SIM_INTERVAL_MS);
	world_free(world);
}
END_TEST

START_TEST(a_node_whose_clock_was_set_back_outlives_its_former_life)
{
	World *world = settled(20, 11);

	world_run(world, 100 * SECOND);
	world_kill(world, 5);
	world_want(world, 5, "[\"new\"]");
	world_set_back(world, 3600 * SECOND);
	world_run(world, 30 * SECOND);
	world_start(world, 5);
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);

	/* Back once more, and at once: what it has to outlive is still alive to the others. */
	world_kill(world, 5);
	world_set_back(world, 3600 * SECOND);
	world_start(world, 5);
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_free(world);
}
END_TEST

START_TEST(a_life_of_which_nobody_tells_any_more_counts_no_more)
{
	World *world = settled(10, 12);

	world_kill(world, 5);
	world_set_back(world, 3600 * SECOND);
	world_run(world, 400 * SECOND); /* more than half of the grace, less than all */
	world_start(world, 5);
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_free(world);
}
END_TEST

START_TEST(two_halves_go_on_and_are_one_again_when_they_meet)
{
	World *world = settled(24, 7);

	world_cut(world, 11);
	world_want(world, 3, "[\"on this side\"]");
	world_want(world, 20, "[\"on that side\"]");
	ck_assert_int_ge(world_settle(world, 120 * SECOND), 0);
	world_cut(world, 0);

	int64_t took = world_settle(world, 120 * SECOND);

	ck_assert_int_ge(took, 0);
	printf("# figure: 24 nodes cut in two are one again after %.1f gossip intervals\n",
	       (double) took / SIM_INTERVAL_MS);
	world_free(world);
}
END_TEST

START_TEST(a_node_that_leaves_wants_nothing_any_more)
{
	World *world = settled(5, 8);

	world_want(world, 2, "[\"a\"]");
	ck_assert_int_ge(world_settle(world, 60 * SECOND), 0);
	world_leave(world, 2);
	world_run(world, SECOND / 2);
	for (unsigned i = 0; i < 5; i++) {
		const Node *left = i != 2 ? gossip_newest(world_gossip(world, i), "node2") : NULL;

		if (left != NULL)
			ck_assert_uint_eq(node_get(left, "subscriptions").size, 2);
	}
	world_free(world);
}
END_TEST

/* The dead are told of for half their grace, and forgotten at its end; nobody brings them back. */
START_TEST(the_dead_are_forgotten_for_good)
{
	World *world = settled(20, 9);

	world_kill(world, 4);
	world_run(world, 700 * SECOND);
	for (unsigned i = 0; i < 20; i++)
		if (i != 4)
			ck_assert_ptr_null(gossip_newest(world_gossip(world, i), "node4"));
	world_run(world, 60 * SECOND);
	for (unsigned i = 0; i < 20; i++)
		if (i != 4)
			ck_assert_ptr_null(gossip_newest(world_gossip(world, i), "node4"));
	world_free(world);
}
END_TEST

/* Only a Syn says of which cluster it is; what comes without one must not let strangers in. */
START_TEST(two_clusters_with_one_seed_learn_nothing_of_each_other)
{
	World *world = world_new(6, 11);

	for (unsigned i = 3; i < 6; i++)
		world_move(world, i, "another");
	world_start_all(world);
	world_run(world, 60 * SECOND);
	for (unsigned i = 0; i < 6; i++) {
		for (unsigned j = 0; j < 6; j++) {
			g_autofree char *name = g_strdup_printf("node%u", j);

			if (i / 3 != j / 3)
				ck_assert_ptr_null(gossip_newest(world_gossip(world, i), name));
			else if (i < 3 && i != j)
				ck_assert_ptr_nonnull(gossip_newest(world_gossip(world, i), name));
		}
	}
	world_free(world);
}
END_TEST

/* ---- nodes of VibeMQ, by hand ---- */

typedef struct {
	uint8_t  newest; /* the last byte of the address of what became it */
	uint8_t  sent_to; /* of where the last datagram went */
	unsigned n_sent, n_clashes;
	uint64_t generation; /* ours, since a former life was outlived */
} Seen;

static void
on_sent(VmqBytes datagram, const NodeAddress *to, void *data)
{
	Seen *seen = data;

	(void) datagram;
	seen->sent_to = to->ip[3];
	seen->n_sent++;
}

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	(void) node;
	(void) key;
	(void) value;
	(void) data;
}

static void
on_node(const Node *node, void *data)
{
	(void) node;
	(void) data;
}

static void
on_newest(const Node *node, void *data)
{
	((Seen *) data)->newest = node->id.address.ip[3];
}

static void
on_clash(const NodeId *other, void *data)
{
	(void) other;
	((Seen *) data)->n_clashes++;
}

static void
on_outlived(uint64_t former, uint64_t generation, void *data)
{
	(void) former;
	((Seen *) data)->generation = generation;
}

static const GossipEvents events = {.send = on_sent,
                                    .on_key = on_key,
                                    .on_live = on_node,
                                    .on_dead = on_node,
                                    .on_removed = on_node,
                                    .on_clash = on_clash,
                                    .on_outlived = on_outlived,
                                    .on_newest = on_newest};

static NodeAddress
at(uint8_t last_byte)
{
	return (NodeAddress){.ip_version = 4, .ip = {10, 0, 0, last_byte}, .port = 7946};
}

static Gossip *
new_gossip(Seen *seen)
{
	GossipConfig config = {
		.self = {"self", 1, at(99)},
		.cluster_id = "vibemq",
		.interval_ms = SECOND,
		.failure = {.threshold = 8, .window = 1000, .max_interval_ms = 10000,
                            .prior_ms = SECOND},
		.dead_grace_ms = 24 * 3600 * SECOND,
		.delta_budget = 8000,
	};

	return gossip_new(&config, &events, seen);
}

/* A Syn that tells of one node. */
static void
syn_of(Gossip *gossip, NodeId id, NodeAddress from, uint64_t heartbeat, int64_t now_ms)
{
	DigestEntry entry = {.id = id, .heartbeat = heartbeat, .max_version = 2};
	g_autoptr(GArray) digest = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
	g_autoptr(GByteArray) out = g_byte_array_new();

	g_array_append_val(digest, entry);
	datagram_put_header(out, GOSSIP_SYN, 0);
	datagram_put_digest(out, digest, 0);
	datagram_put_string(out, (VmqBytes){(const uint8_t *) "vibemq", 6});
	gossip_receive(gossip, (VmqBytes){out->data, out->len}, &from, now_ms);
}

/* Of node "v" by itself, whose generation is 0 at every start. */
static void
syn(Gossip *gossip, uint8_t last_byte, uint64_t heartbeat, int64_t now_ms)
{
	syn_of(gossip, (NodeId){"v", 0, at(last_byte)}, at(last_byte), heartbeat, now_ms);
}

START_TEST(of_two_lives_without_generations_the_last_that_was_heard_of_counts)
{
	Seen    seen = {0};
	Gossip *gossip = new_gossip(&seen);

	for (unsigned i = 0; i < 100; i++)
		syn(gossip, 1, 100 + i, (i + 1) * SECOND);
	ck_assert_uint_eq(gossip_newest(gossip, "v")->id.address.ip[3], 1);
	syn(gossip, 2, 1, 101 * SECOND);
	ck_assert_uint_eq(gossip_newest(gossip, "v")->id.address.ip[3], 2);
	ck_assert_uint_eq(seen.newest, 2);
	syn(gossip, 1, 1, 102 * SECOND); /* back, and far below its old heartbeat */
	ck_assert_uint_eq(gossip_newest(gossip, "v")->id.address.ip[3], 1);
	ck_assert_uint_eq(seen.newest, 1);
	gossip_free(gossip);
}
END_TEST

START_TEST(nobody_greets_himself_at_the_address_of_a_former_life)
{
	Seen        seen = {0};
	Gossip     *gossip = new_gossip(&seen);
	NodeAddress seed = at(1);
	NodeId      former = {"self", 0, at(99)};

	state_learn((State *) gossip_state(gossip), &former, 1, SECOND);
	gossip_set_seeds(gossip, &seed, 1);
	for (unsigned i = 1; i <= 20; i++) {
		seen.n_sent = 0;
		gossip_tick(gossip, i * SECOND);
		ck_assert_uint_eq(seen.n_sent, 2); /* an Ack and a Syn to the seed */
	}
	gossip_free(gossip);
}
END_TEST

/* Says that "self" is there, or was, with this generation; returns which one we are then. */
static uint64_t
tell_of_self(Gossip *gossip, uint64_t generation, uint8_t last_byte)
{
	syn_of(gossip, (NodeId){"self", generation, at(last_byte)}, at(1), 1, SECOND);
	return state_self((State *) gossip_state(gossip))->id.generation;
}

START_TEST(only_who_was_at_our_address_was_us)
{
	Seen    seen = {0};
	Gossip *gossip = new_gossip(&seen);

	ck_assert_uint_eq(tell_of_self(gossip, 0, 99), 1); /* an earlier life, as it should be */
	ck_assert_uint_eq(tell_of_self(gossip, 7, 2), 1);
	ck_assert_uint_eq(seen.n_clashes, 1);
	ck_assert_uint_eq(seen.generation, 0);
	ck_assert_uint_eq(tell_of_self(gossip, 7, 99), 8);
	ck_assert_uint_eq(seen.generation, 8);
	ck_assert_uint_eq(tell_of_self(gossip, 7, 99), 8);
	ck_assert_uint_eq(seen.n_clashes, 1);
	gossip_free(gossip);
}
END_TEST

START_TEST(who_has_our_address_too_does_not_drive_us_on_for_ever)
{
	Seen    seen = {0};
	Gossip *gossip = new_gossip(&seen);

	ck_assert_uint_eq(tell_of_self(gossip, UINT64_MAX, 99), 1); /* there is none above that */
	ck_assert_uint_eq(seen.n_clashes, 1);
	for (uint64_t generation = 100; generation <= 300; generation += 100)
		ck_assert_uint_eq(tell_of_self(gossip, generation, 99), generation + 1);
	ck_assert_uint_eq(seen.n_clashes, 1);
	ck_assert_uint_eq(tell_of_self(gossip, 400, 99), 301);
	ck_assert_uint_eq(seen.n_clashes, 2);
	gossip_free(gossip);
}
END_TEST

START_TEST(a_node_that_advertises_no_address_is_greeted_where_it_came_from)
{
	Seen        seen = {0};
	Gossip     *gossip = new_gossip(&seen);
	NodeAddress nowhere = {.ip_version = 4, .port = 7946};

	syn_of(gossip, (NodeId){"v", 0, nowhere}, at(5), 1, SECOND);
	seen.sent_to = 0;
	gossip_tick(gossip, SECOND);
	ck_assert_uint_eq(seen.sent_to, 5);
	gossip_free(gossip);
}
END_TEST

static void
disturb(World *world, unsigned n)
{
	unsigned i = world_random(world, n);

	switch (world_random(world, 7)) {
	case 6:
		world_set_back(world, world_random(world, 100 * SECOND));
		break;
	case 0:
		if (world_is_running(world, i))
			world_kill(world, i);
		break;
	case 1:
		if (world_is_running(world, i))
			world_leave(world, i);
		break;
	case 2:
	case 3:
		if (!world_is_running(world, i))
			world_start(world, i);
		break;
	case 4: {
		g_autofree char *filters = g_strdup_printf("[\"f/%u\"]", world_random(world, 1000));

		world_want(world, i, filters);
		break;
	}
	default:
		world_set_loss(world, world_random(world, 40));
		world_cut(world, world_random(world, 3) == 0 ? world_random(world, n) : 0);
	}
}

START_TEST(after_any_disturbance_all_agree_again)
{
	unsigned n = 20;

	for (guint32 seed = 100; seed < 100 + rounds(10); seed++) {
		World *world = settled(n, seed);

		for (unsigned i = 0; i < 40; i++) {
			disturb(world, n);
			world_run(world, world_random(world, 5000));
		}
		world_cut(world, 0);
		world_set_loss(world, 5);
		if (!world_is_running(world, 0))
			world_start(world, 0);
		ck_assert_msg(world_settle(world, 300 * SECOND) >= 0, "seed %u", seed);
		world_free(world);
	}
}
END_TEST

START_TEST(the_same_seed_is_the_same_world)
{
	uint64_t sent[2];

	for (unsigned i = 0; i < 2; i++) {
		World *world = settled(20, 10);

		world_set_loss(world, 20);
		world_run(world, 20 * SECOND);
		sent[i] = world_sent(world);
		world_free(world);
	}
	ck_assert_uint_eq(sent[0], sent[1]);
}
END_TEST

UNIT_MAIN("gossip", nodes_that_know_one_seed_find_all_others, lost_datagrams_only_delay,
          a_change_reaches_everybody, a_node_that_was_killed_is_dead_to_all_and_nobody_else_is,
          the_seed_may_die, a_node_that_comes_back_is_a_new_one_with_what_it_wants_now,
          a_node_whose_clock_was_set_back_outlives_its_former_life,
          a_life_of_which_nobody_tells_any_more_counts_no_more,
          two_halves_go_on_and_are_one_again_when_they_meet,
          a_node_that_leaves_wants_nothing_any_more, the_dead_are_forgotten_for_good,
          two_clusters_with_one_seed_learn_nothing_of_each_other,
          of_two_lives_without_generations_the_last_that_was_heard_of_counts,
          nobody_greets_himself_at_the_address_of_a_former_life, only_who_was_at_our_address_was_us,
          who_has_our_address_too_does_not_drive_us_on_for_ever,
          a_node_that_advertises_no_address_is_greeted_where_it_came_from,
          after_any_disturbance_all_agree_again, the_same_seed_is_the_same_world)
