/* SPDX-License-Identifier: Apache-2.0 */
/* cluster.c - many daemons, one broker: the plugin, and how its parts hang together */
#include "cluster.h"

#include "interest.h"
#include "peer.h"
#include "readiness.h"
#include "seeds.h"
#include "udp.h"

#include "cover.h"

#include <string.h>
#include <unistd.h>

/* chitchat's parameters as VibeMQ sets them (wire protocol 3.1). */
#define PHI_THRESHOLD      8.0
#define PHI_WINDOW         1000
#define PHI_MAX_INTERVAL   10000
#define TOMBSTONE_GRACE_MS 30000
#define DELTA_BUDGET       (16 * 1024)

/* A frame may be this much larger than the packet that it carries. */
#define FRAME_OVERHEAD (128 * 1024)

/* The whole interest of a node comes in one frame. */
#define FRAME_LEAST_MAX (16 * 1024 * 1024)

#define LOG_INTERVAL_MS 60000

/* Of node_id and cluster_id, as of a host name: many nodes' names go into one datagram. */
#define NAME_MAX_BYTES 255

static const VmqOption options[] = {
	{.key = "enabled", .type = VMQ_OPTION_BOOL, .fallback = "true",
         .help = "false: as if the plugin were not there"},
	{.key = "node_id", .type = VMQ_OPTION_STRING, .max = NAME_MAX_BYTES,
         .help = "the name of this node, unique in the cluster; default: the host name"},
	{.key = "cluster_id", .type = VMQ_OPTION_STRING, .fallback = "vibemq", .max = NAME_MAX_BYTES,
         .help = "the name of the cluster: nodes of others are not listened to"},
	{.key = "gossip_addr", .type = VMQ_OPTION_ADDRESS, .fallback = "0.0.0.0:7946",
         .help = "UDP address to gossip at"},
	{.key = "gossip_advertise_addr", .type = VMQ_OPTION_ADDRESS,
         .help = "the address at which others reach gossip_addr"},
	{.key = "peer_addr", .type = VMQ_OPTION_ADDRESS, .fallback = "0.0.0.0:7947",
         .help = "TCP address at which peers relay messages to this node"},
	{.key = "peer_advertise_addr", .type = VMQ_OPTION_ADDRESS,
         .help = "the address at which others reach peer_addr"},
	{.key = "seeds", .type = VMQ_OPTION_LIST,
         .help = "host:port of nodes to ask first; the node itself may be among them"},
	{.key = "seeds_refresh", .type = VMQ_OPTION_DURATION, .fallback = "60s", .min = 100,
         .max = 86400000, .help = "how often the names among the seeds are looked up again"},
	{.key = "join_timeout", .type = VMQ_OPTION_DURATION, .fallback = "5s", .min = 100,
         .max = 3600000,
         .help = "how long a node that was just started waits for others before it is ready"},
	{.key = "gossip_interval", .type = VMQ_OPTION_DURATION, .fallback = "1s", .min = 50,
         .max = 10000, .help = "how often to gossip"},
	{.key = "dead_node_grace_period", .type = VMQ_OPTION_DURATION, .fallback = "24h",
         .min = 1000, .max = INT64_C(31536000000),
         .help = "how long a dead node is remembered"},
	{.key = "max_unsent_bytes", .type = VMQ_OPTION_SIZE, .fallback = "16MiB", .min = 65536,
         .max = INT64_C(17179869184), .help = "bytes kept for a peer that does not read"},
	{.key = "stuck_timeout", .type = VMQ_OPTION_DURATION, .fallback = "500ms", .min = 100,
         .max = 60000,
         .help = "how long a peer that reads nothing holds up those who publish to it"},
	{.key = "max_spool_messages", .type = VMQ_OPTION_INT, .fallback = "10000", .min = 0,
         .max = 100000000, .help = "messages kept for a peer while its link is down"},
	VMQ_OPTIONS_END,
};

/* ---- peers ---- */

static Peer *
find_peer(Cluster *cluster, const char *name)
{
	Peer *peer = g_hash_table_lookup(cluster->peers, name);

	if (peer == NULL) {
		peer = peer_new(cluster, name);
		g_hash_table_insert(cluster->peers, g_strdup(name), peer);
		readiness_look(cluster->readiness);
	}
	return peer;
}

/* Of several lives of a node only the latest counts. */
static bool
is_newest(const Cluster *cluster, const Node *node)
{
	return gossip_newest(cluster->gossip, node->id.name) == node;
}

/* ---- gossip's events ---- */

static void
send_datagram(VmqBytes datagram, const NodeAddress *to, void *data)
{
	udp_send(((Cluster *) data)->udp, datagram, to);
}

static void
take_key(Cluster *cluster, const Node *node, const char *key, VmqBytes value)
{
	if (g_str_equal(key, "peer_addr")) {
		g_autofree char *address = g_strndup((const char *) value.data, value.size);

		peer_set_address(find_peer(cluster, node->id.name), address);
	} else if (g_str_equal(key, "subscriptions")) {
		g_autoptr(GPtrArray) filters = cover_from_json(value);

		/* What is no list of strings leaves the previous one in force (6.2). */
		if (filters != NULL)
			peer_set_gossiped_filters(find_peer(cluster, node->id.name), filters);
	}
}

static void
on_key(const Node *node, const char *key, VmqBytes value, void *data)
{
	Cluster *cluster = data;

	if (is_newest(cluster, node) && !g_str_equal(node->id.name, cluster->node_id))
		take_key(cluster, node, key, value);
}

/* Only its life may have made it the newest of its name: then its keys count from now on. */
static void
take_keys(Cluster *cluster, const Node *node)
{
	static const char *const keys[] = {"peer_addr", "subscriptions"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		VmqBytes value = node_get(node, keys[i]);

		if (value.data != NULL)
			take_key(cluster, node, keys[i], value);
	}
}

static void
on_newest(const Node *node, void *data)
{
	Cluster *cluster = data;

	if (g_str_equal(node->id.name, cluster->node_id))
		return;
	take_keys(cluster, node);
	peer_set_alive(find_peer(cluster, node->id.name), true);
}

static void
on_live(const Node *node, void *data)
{
	Cluster *cluster = data;

	vmq_debug("cluster", "node %s is alive", node->id.name);
	if (is_newest(cluster, node))
		on_newest(node, cluster);
}

static void
on_dead(const Node *node, void *data)
{
	Cluster *cluster = data;

	if (!is_newest(cluster, node) || g_str_equal(node->id.name, cluster->node_id))
		return;
	vmq_info("cluster", "node %s gossips no more", node->id.name);
	peer_set_alive(find_peer(cluster, node->id.name), false);
}

static void
on_removed(const Node *node, void *data)
{
	Cluster *cluster = data;

	if (is_newest(cluster, node))
		g_hash_table_remove(cluster->peers, node->id.name);
}

static void
on_clash(const NodeId *other, void *data)
{
	static VmqLogGate gate;
	unsigned          held;
	char              text[NODE_ADDRESS_BYTES];

	(void) data;
	node_address_format(&other->address, text);
	if (vmq_log_gate(&gate, LOG_INTERVAL_MS, &held))
		vmq_error("cluster",
		          "another node at %s has our node_id %s: each needs one of its own "
		          "(plugins, cluster, node_id)",
		          text, other->name);
}

static void
on_outlived(uint64_t former, uint64_t generation, void *data)
{
	(void) data;
	vmq_warn("cluster",
	         "this node was started before at a later time, %" G_GUINT64_FORMAT
	         " ms since 1970: has the clock been set back? To the others it is generation "
	         "%" G_GUINT64_FORMAT " from now on",
	         former, generation);
}

static void
on_refused(const NodeAddress *from, const char *why, void *data)
{
	static VmqLogGate gate;
	unsigned          held;
	Cluster          *cluster = data;
	char              text[NODE_ADDRESS_BYTES];

	vmq_counter_add(cluster->counters.datagrams_refused, 1);
	node_address_format(from, text);
	if (vmq_log_gate(&gate, LOG_INTERVAL_MS, &held))
		vmq_warn("cluster", "a datagram from %s was refused: %s (%u more since)", text, why,
		         held);
}

static const GossipEvents gossip_events = {
	.send = send_datagram,
	.on_key = on_key,
	.on_live = on_live,
	.on_newest = on_newest,
	.on_dead = on_dead,
	.on_removed = on_removed,
	.on_clash = on_clash,
	.on_outlived = on_outlived,
	.on_refused = on_refused,
};

/* ---- the world's events ---- */

static void
on_datagram(VmqBytes datagram, const NodeAddress *from, void *data)
{
	gossip_receive(((Cluster *) data)->gossip, datagram, from, vmq_now_ms());
}

static void
on_tick(void *data)
{
	Cluster *cluster = data;

	vmq_timer_set(cluster->tick, (unsigned) cluster->gossip_interval_ms);
	interest_gossip(cluster->interest);
	gossip_tick(cluster->gossip, vmq_now_ms());
}

/* The first addresses are greeted at once: a second is long for who has just been started. */
static void
on_seeds(const NodeAddress *addresses, unsigned n, void *data)
{
	Cluster *cluster = data;

	gossip_set_seeds(cluster->gossip, addresses, n);
	if (state_count(gossip_state(cluster->gossip)) == 1)
		vmq_timer_set(cluster->tick, 0);
}

/* ---- peers that dial us ---- */

static void
on_caller_up(Link *link, void *data)
{
	Cluster    *cluster = data;
	const char *name = link_get_node_id(link);
	guint       i;

	if (g_str_equal(name, cluster->node_id)) {
		vmq_info("cluster", "%s says it is %s, which is us", link_get_address(link), name);
		return; /* it is not listened to, and silence will end it */
	}
	if (g_ptr_array_find(cluster->callers, link, &i))
		peer_take_link(find_peer(cluster, name), g_ptr_array_steal_index(cluster->callers, i));
}

static void
on_caller_frame(Link *link, const Frame *frame, void *data)
{
	(void) link;
	(void) frame;
	(void) data;
}

static void
on_caller_drained(Link *link, void *data)
{
	(void) link;
	(void) data;
}

static void
on_caller_down(Link *link, const char *why, void *data)
{
	Cluster *cluster = data;

	vmq_debug("cluster", "a caller from %s: %s", link_get_address(link), why);
	g_ptr_array_remove(cluster->callers, link);
}

static const LinkEvents caller_events = {
	.on_up = on_caller_up,
	.on_frame = on_caller_frame,
	.on_drained = on_caller_drained,
	.on_down = on_caller_down,
};

static void
on_stream(VmqStream *stream, void *data)
{
	Cluster *cluster = data;

	g_ptr_array_add(cluster->callers,
	                link_accept(stream, &cluster->link, &caller_events, cluster));
}

/* ---- who we are ---- */

static char *
choose_node_id(const VmqConf *conf)
{
	const char *configured = vmq_conf_get_string(conf, "node_id");
	char        host[256] = "";

	if (configured != NULL && *configured != '\0')
		return g_strdup(configured);
	gethostname(host, sizeof(host) - 1);
	return g_strdup(*host != '\0' ? host : "vibemq");
}

static char **
read_seeds(const VmqConf *conf)
{
	const VmqConf *list = vmq_conf_get(conf, "seeds");
	GPtrArray     *names = g_ptr_array_new();

	for (unsigned i = 0; i < vmq_conf_length(list); i++)
		g_ptr_array_add(names, g_strdup(vmq_conf_scalar(vmq_conf_at(list, i))));
	g_ptr_array_add(names, NULL);
	return (char **) g_ptr_array_free(names, FALSE);
}

/*
 * The address that others are told: as configured; else as bound, unless that is
 * every address; then the one that packets to a seed leave from, or the host name's.
 */
static bool
choose_address(const VmqConf *conf, const char *key, NodeAddress *address, char *const *seeds,
               GError **error)
{
	const char *configured = vmq_conf_get_string(conf, key);
	uint16_t    port = address->port;
	NodeAddress target;
	char        host[256 + 8] = "";

	if (configured != NULL && !seeds_resolve_now(configured, address)) {
		vmq_conf_set_error(conf, error, key, "\"%s\" does not resolve", configured);
		return false;
	}
	if (configured != NULL || node_address_is_usable(address))
		return true;

	for (; *seeds != NULL; seeds++) {
		/* A way that leaves from loopback says that the seed is us, not how others reach us. */
		if (seeds_resolve_now(*seeds, &target) && udp_route_address(&target, address) &&
		    !(address->ip_version == 4 && address->ip[0] == 127)) {
			address->port = port;
			return true;
		}
	}
	gethostname(host, 255);
	strcat(host, ":0");
	if (!seeds_resolve_now(host, address))
		*address = (NodeAddress){.ip_version = 4, .ip = {127, 0, 0, 1}};
	address->port = port;
	return true;
}

/* ---- building ---- */

static void
free_peer(void *peer)
{
	peer_free(peer);
}

static void
free_link(void *link)
{
	link_free(link);
}

static void
cluster_exit(void *data)
{
	Cluster *cluster = data;

	cluster->stopping = true;
	vmq_timer_free(cluster->tick);
	readiness_free(cluster->readiness);
	seeds_free(cluster->seeds);
	vmq_acceptor_free(cluster->acceptor);
	g_clear_pointer(&cluster->callers, g_ptr_array_unref);
	g_clear_pointer(&cluster->peers, g_hash_table_unref);
	interest_free(cluster->interest);
	gossip_free(cluster->gossip);
	udp_free(cluster->udp);
	g_free(cluster->node_id);
	g_free(cluster);
}

static void
register_counters(ClusterCounters *counters)
{
	*counters = (ClusterCounters){
		.frames_in = vmq_counter_register("vibemq_cluster_frames_received_total",
	                                          "Messages that peers relayed to this node"),
		.frames_out = vmq_counter_register("vibemq_cluster_frames_sent_total",
	                                           "Messages that this node relayed to peers"),
		.datagrams_refused = vmq_counter_register("vibemq_cluster_datagrams_refused_total",
	                                                  "Gossip that was refused"),
		.link_downs = vmq_counter_register("vibemq_cluster_link_downs_total",
	                                           "Links to peers that broke"),
		.dropped_full = vmq_counter_register("vibemq_cluster_dropped_full_total",
	                                             "Messages lost to a slow or absent peer"),
		.dropped_large = vmq_counter_register("vibemq_cluster_dropped_large_total",
	                                              "Messages too large for a reference node"),
		.refused_topics = vmq_counter_register("vibemq_cluster_refused_topics_total",
	                                               "Relayed messages with a topic of no use"),
	};
}

static bool
listen_to_peers(Cluster *cluster, const VmqConf *conf, NodeAddress *address, GError **error)
{
	cluster->acceptor = vmq_acceptor_new(vmq_conf_get_string(conf, "peer_addr"), on_stream,
	                                     cluster, error);
	return cluster->acceptor != NULL &&
	       node_address_parse(vmq_acceptor_get_address(cluster->acceptor), address);
}

static GossipConfig
gossip_config(const Cluster *cluster, const VmqConf *conf, const NodeAddress *address)
{
	return (GossipConfig){
		/* The time of the start: a restarted node is not mistaken for its past (3.12). */
		.self = {cluster->node_id, (uint64_t) (g_get_real_time() / 1000), *address},
		.cluster_id = vmq_conf_get_string(conf, "cluster_id"),
		.interval_ms = cluster->gossip_interval_ms,
		.failure = {PHI_THRESHOLD, PHI_WINDOW, PHI_MAX_INTERVAL, cluster->gossip_interval_ms},
		.dead_grace_ms = vmq_conf_get_int(conf, "dead_node_grace_period"),
		.tombstone_grace_ms = TOMBSTONE_GRACE_MS,
		.delta_budget = DELTA_BUDGET,
		.seed = g_random_int(),
	};
}

/* peer_addr first, then subscriptions: what is cut off a delta must not be these (3.14). */
static void
set_keys(Cluster *cluster, const NodeAddress *peer_address)
{
	char text[NODE_ADDRESS_BYTES];

	node_address_format(peer_address, text);
	gossip_set(cluster->gossip, "peer_addr", text, vmq_now_ms());
	interest_gossip(cluster->interest);
	gossip_set(cluster->gossip, "x.caps", CLUSTER_CAPS, vmq_now_ms());
	vmq_info("cluster", "node %s, peers reach it at %s", cluster->node_id, text);
}

static bool
join(Cluster *cluster, const VmqConf *conf, GError **error)
{
	g_auto(GStrv) seeds = read_seeds(conf);
	NodeAddress gossip_address, peer_address;

	const char *bad = seeds_find_bad(seeds);

	if (bad != NULL) {
		vmq_conf_set_error(conf, error, "seeds",
		                   "\"%s\" is no seed: write host:port, like node1:7946", bad);
		return false;
	}
	cluster->udp = udp_new(vmq_conf_get_string(conf, "gossip_addr"), on_datagram, cluster, error);
	if (cluster->udp == NULL || !listen_to_peers(cluster, conf, &peer_address, error))
		return false;
	gossip_address = udp_get_address(cluster->udp);
	if (!choose_address(conf, "gossip_advertise_addr", &gossip_address, seeds, error) ||
	    !choose_address(conf, "peer_advertise_addr", &peer_address, seeds, error))
		return false;

	GossipConfig config = gossip_config(cluster, conf, &gossip_address);

	cluster->gossip = gossip_new(&config, &gossip_events, cluster);
	cluster->interest = interest_new(cluster);
	set_keys(cluster, &peer_address);
	cluster->tick = vmq_timer_new(on_tick, cluster);
	vmq_timer_set(cluster->tick, 0);
	cluster->seeds = seeds_new(seeds, (unsigned) vmq_conf_get_int(conf, "seeds_refresh"), on_seeds,
	                           cluster);
	if (seeds[0] != NULL)
		cluster->readiness = readiness_new(
			cluster, (unsigned) vmq_conf_get_int(conf, "join_timeout"));
	return true;
}

static void *
cluster_init(VmqHost *host, const VmqConf *conf, GError **error)
{
	Cluster *cluster = g_new0(Cluster, 1);

	cluster->host = host;
	cluster->node_id = choose_node_id(conf);
	cluster->link = (LinkConfig){
		cluster->node_id, CLUSTER_CAPS,
		MAX(vmq_max_packet_size(host) + FRAME_OVERHEAD, FRAME_LEAST_MAX)};
	cluster->max_unsent_bytes = (size_t) vmq_conf_get_int(conf, "max_unsent_bytes");
	cluster->stuck_timeout_ms = (unsigned) vmq_conf_get_int(conf, "stuck_timeout");
	cluster->max_spool_messages = (unsigned) vmq_conf_get_int(conf, "max_spool_messages");
	cluster->gossip_interval_ms = vmq_conf_get_int(conf, "gossip_interval");
	cluster->peers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_peer);
	cluster->callers = g_ptr_array_new_with_free_func(free_link);
	register_counters(&cluster->counters);
	if (!vmq_conf_get_bool(conf, "enabled")) {
		vmq_info("cluster", "not enabled");
		return cluster;
	}
	vmq_set_node_id(host, cluster->node_id);
	if (!join(cluster, conf, error))
		g_clear_pointer(&cluster, cluster_exit);
	return cluster;
}

/* ---- the broker's events ---- */

static void
on_filter_changed(void *data, const char *filter)
{
	Cluster *cluster = data;

	if (cluster->interest != NULL && !cluster->stopping)
		interest_look(cluster->interest, filter);
}

/* Peers need not wait for the failure detector, and VibeMQ forgets what we wanted (3.12, 6.13). */
static void
on_stopping(void *data)
{
	Cluster       *cluster = data;
	GHashTableIter iter;
	gpointer       peer;

	if (cluster->gossip == NULL)
		return;
	cluster->stopping = true;
	gossip_farewell(cluster->gossip, vmq_now_ms());
	g_hash_table_iter_init(&iter, cluster->peers);
	while (g_hash_table_iter_next(&iter, NULL, &peer))
		peer_say_goodbye(peer);
}

static const VmqHooks hooks = {
	VMQ_HOOKS_INIT,
	.on_filter_changed = on_filter_changed,
	.on_stopping = on_stopping,
};

VMQ_PLUGIN_DEFINE(cluster, "Gossip, relay and retained messages between nodes", options, &hooks,
                  cluster_init, cluster_exit);
