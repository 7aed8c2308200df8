/* SPDX-License-Identifier: Apache-2.0 */
/* micro_cluster.c - what a relayed message and a word of gossip cost a node */
#include "micro.h"

#include "frame.h"
#include "simulation.h"

#define N_NODES 20
#define MAX_FRAME (1024 * 1024)
#define SETTLE_MS 120000
#define DELTA_BUDGET 8000
#define DELTA_MOST 60000
#define SOME_TIME_MS 1000
#define N_VALUES 2

/* ---- relay ---- */

/* The payload's size when all of the frame is as it was written. */
static uint64_t
read_frame(const GByteArray *bytes_, VmqStamp stamp)
{
	Trailer     trailer = TRAILER_INIT;
	Frame       frame;
	VmqBytes    body;
	size_t      used;
	const char *why;

	if (frame_cut((VmqBytes){bytes_->data, bytes_->len}, MAX_FRAME, &body, &used) !=
	            FRAME_WHOLE ||
	    !frame_decode(body, &frame, &why) || !trailer_decode(frame.trailer, &trailer) ||
	    frame.type != FRAME_PUBLISH || trailer.stamp != stamp)
		return 0;
	return frame.payload.size;
}

static uint64_t
relay(unsigned n)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	FramePublish publish = {.topic = bytes(MICRO_TOPIC),
	                        .payload = {micro_payload, MICRO_PAYLOAD_BYTES},
	                        .qos = 1,
	                        .origin = "node1"};
	Trailer      trailer = TRAILER_INIT;
	uint64_t     results = 0;

	for (unsigned i = 0; i < n; i++) {
		trailer.stamp = (VmqStamp) (i + 1) << 16;
		out->len = 0;
		frame_put_publish(out, &publish, &trailer);
		results += read_frame(out, trailer.stamp);
	}
	return results;
}

/* ---- gossip ---- */

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	unsigned *n_keys = data;

	(void) node;
	(void) key;
	(void) value;
	if (n_keys != NULL)
		(*n_keys)++;
}

static bool
keep_all(const Node *node, void *data)
{
	(void) node;
	(void) data;
	return true;
}

/* Of node i, which knows of all others that they are there. */
static State *
state_of(unsigned i, unsigned *n_keys)
{
	State *state = NULL;

	for (unsigned k = 0; k < N_NODES; k++) {
		unsigned         other = (i + k) % N_NODES;
		g_autofree char *name = g_strdup_printf("node%u", other);
		NodeId           id = {.name = g_intern_string(name), .generation = 1};

		g_assert(node_address_parse("192.0.2.1:7946", &id.address));
		id.address.ip[3] = (uint8_t) other;
		if (state == NULL)
			state = state_new(&id, on_key, n_keys);
		else
			state_learn(state, &id, 1, SOME_TIME_MS);
	}
	return state;
}

/* What `from` knows and `to` does not, as it is on the wire. */
static void
put_news(GByteArray *out, const State *from, const State *to, GRand *rand)
{
	g_autoptr(GArray) digest = state_digest(to, keep_all, NULL);
	DeltaRequest request = {.digest = digest,
	                        .budget = DELTA_BUDGET,
	                        .most = DELTA_MOST,
	                        .keep = keep_all,
	                        .rand = rand};
	g_autoptr(GByteArray) ops = state_delta(from, &request);

	out->len = 0;
	datagram_put_header(out, GOSSIP_ACK, 0);
	datagram_put_delta(out, ops);
}

static void
take_news(State *to, const GByteArray *in)
{
	const char *why;
	g_autoptr(GossipMsg) msg = datagram_decode((VmqBytes){in->data, in->len}, &why);

	for (guint i = 0; msg != NULL && i < msg->deltas->len; i++)
		state_apply(to, &g_array_index(msg->deltas, NodeDelta, i), SOME_TIME_MS);
}

static uint64_t
gossip_delta(unsigned n)
{
	static const char *const values[N_VALUES] = {"[\"site/7/#\",\"site/+/line/42\"]",
	                                             "[\"site/8/#\",\"site/+/line/43\"]"};
	unsigned                 n_keys = 0;
	State                   *from = state_of(0, NULL), *to = state_of(1, &n_keys);
	GRand                   *rand = g_rand_new_with_seed(1);
	g_autoptr(GByteArray) datagram = g_byte_array_new();

	for (unsigned i = 0; i < n; i++) {
		state_set(from, "subscriptions", bytes(values[i % N_VALUES]), SOME_TIME_MS);
		put_news(datagram, from, to, rand);
		take_news(to, datagram);
	}
	g_rand_free(rand);
	state_free(from);
	state_free(to);
	return n_keys;
}

/* An interval of the whole simulated cluster; what its network costs is in it. */
static uint64_t
gossip_interval(unsigned n)
{
	World   *world = world_new(N_NODES, 1);
	uint64_t results = 0;

	world_start_all(world);
	if (world_settle(world, SETTLE_MS) >= 0) {
		world_run(world, (int64_t) n * SIM_INTERVAL_MS);
		results = world_agrees(world) ? n : 0;
	}
	world_free(world);
	return results;
}

const Micro micro_cluster[] = {
	{"relay", relay, MICRO_PAYLOAD_BYTES, 10000, "frame of a message written, cut and read"},
	{"gossip-delta", gossip_delta, 1, 1000,
         "one node of 20 has news, told to and taken in by another"},
	{"gossip-interval", gossip_interval, 1, 20,
         "an interval of 20 nodes that agree, on a simulated network"},
	{NULL},
};
