/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-gossip.c - datagrams from anybody, into a node that answers
 *
 * Each is preceded by its length, two bytes, so that one input is a conversation. What the
 * node sends must be what a node understands.
 */
#include "cover.h"
#include "gossip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_send(VmqBytes datagram, const NodeAddress *to, void *data)
{
	const char *why = NULL;
	g_autoptr(GossipMsg) msg = datagram_decode(datagram, &why);

	(void) to;
	(void) data;
	g_assert(datagram.size <= DATAGRAM_MAX_BYTES);
	g_assert(msg != NULL && msg->trailing == 0);
}

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	(void) node;
	(void) key;
	(void) data;

	GPtrArray *filters = cover_from_json(value);

	g_clear_pointer(&filters, g_ptr_array_unref); /* NULL: no list of filters */
}

static void
on_node(const Node *node, void *data)
{
	(void) data;
	g_assert(node->id.name != NULL);
}

static void
on_clash(const NodeId *other, void *data)
{
	(void) other;
	(void) data;
}

static void
on_outlived(uint64_t former, uint64_t generation, void *data)
{
	(void) data;
	g_assert(generation > former);
}

static void
on_refused(const NodeAddress *from, const char *why, void *data)
{
	(void) from;
	(void) data;
	g_assert(why != NULL);
}

static const GossipEvents events = {on_send, on_key,   on_node,     on_node,   on_node,
                                    on_node, on_clash, on_outlived, on_refused};

static Gossip *
new_node(void)
{
	GossipConfig config = {
		.self = {.name = "fuzzed"},
		.cluster_id = "vibemq",
		.interval_ms = 1000,
		.failure = {.threshold = 8, .window = 10, .max_interval_ms = 10000, .prior_ms = 1000},
		.dead_grace_ms = 20000,
		.tombstone_grace_ms = 5000,
		.delta_budget = 8000,
		.seed = 1,
	};
	Gossip *gossip;

	node_address_parse("127.0.0.1:7946", &config.self.address);
	gossip = gossip_new(&config, &events, NULL);
	gossip_set(gossip, "peer_addr", "127.0.0.1:7947", 1);
	gossip_set(gossip, "subscriptions", "[]", 1);
	return gossip;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Gossip     *gossip = new_node();
	NodeAddress from;
	int64_t     now_ms = 1000;

	node_address_parse("127.0.0.2:7946", &from);
	while (size >= 2) {
		size_t length = MIN((size_t) data[0] << 8 | data[1], size - 2);

		gossip_receive(gossip, (VmqBytes){data + 2, length}, &from, now_ms);
		data += 2 + length;
		size -= 2 + length;
		now_ms += 500;
		gossip_tick(gossip, now_ms);
	}
	gossip_farewell(gossip, now_ms);
	gossip_free(gossip);
	return 0;
}
