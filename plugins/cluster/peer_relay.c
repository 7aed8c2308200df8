/* SPDX-License-Identifier: Apache-2.0 */
/* peer_relay.c - another node: what goes to it, what it wants, what comes from it */
#include "peer_priv.h"

#include <string.h>

/* A full push fills the link up to here and waits until it has drained: live messages come first. */
#define PUSH_BYTES (256 * 1024)

#define LOG_INTERVAL_MS 10000

/* ---- what it wants ---- */

static void
grant(Peer *peer, const char *plain)
{
	guint    n = GPOINTER_TO_UINT(g_hash_table_lookup(peer->granted, plain));
	VmqGrant terms = {.qos = 2, .flags = VMQ_GRANT_RELAY | VMQ_GRANT_RETAIN_AS_PUBLISHED};

	g_hash_table_insert(peer->granted, g_strdup(plain), GUINT_TO_POINTER(n + 1));
	if (n == 0 && !vmq_addr_is_none(peer->sink))
		vmq_subscribe(peer->sink, plain, &terms);
}

static void
withdraw(Peer *peer, const char *plain)
{
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(peer->granted, plain));

	if (n > 1) {
		g_hash_table_insert(peer->granted, g_strdup(plain), GUINT_TO_POINTER(n - 1));
		return;
	}
	if (!vmq_addr_is_none(peer->sink))
		vmq_unsubscribe(peer->sink, plain);
	g_hash_table_remove(peer->granted, plain);
}

/* Reference nodes write "$share/group/filter" and mean the filter (6.12). */
static const char *
plain_of(const char *wish)
{
	size_t group_size;

	return vmq_filter_strip_share(wish, &group_size);
}

static void
add_wish(Peer *peer, const char *wish)
{
	if (!vmq_filter_is_valid(wish) || g_hash_table_contains(peer->wishes, wish))
		return;
	g_hash_table_add(peer->wishes, g_strdup(wish));
	grant(peer, plain_of(wish));
}

static void
remove_wish(Peer *peer, const char *wish)
{
	if (!g_hash_table_contains(peer->wishes, wish))
		return;
	withdraw(peer, plain_of(wish));
	g_hash_table_remove(peer->wishes, wish);
}

/* New ones first, then the old ones that are no more: nothing is missed in between. */
static void
replace(Peer *peer, GHashTable *now)
{
	GHashTableIter iter;
	gpointer       wish;

	g_hash_table_iter_init(&iter, now);
	while (g_hash_table_iter_next(&iter, &wish, NULL))
		add_wish(peer, wish);
	g_hash_table_iter_init(&iter, peer->wishes);
	while (g_hash_table_iter_next(&iter, &wish, NULL)) {
		if (g_hash_table_contains(now, wish))
			continue;
		withdraw(peer, plain_of(wish));
		g_hash_table_iter_remove(&iter);
	}
}

static char *
text_of(VmqBytes string)
{
	return g_strndup((const char *) string.data, string.size);
}

void
peer_replace_wishes(Peer *peer, const FrameStrings *filters)
{
	g_autoptr(GHashTable) now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	FrameStrings rest = *filters;
	VmqBytes     filter;

	while (frame_next_string(&rest, &filter))
		g_hash_table_add(now, text_of(filter));
	replace(peer, now);
}

void
peer_change_wishes(Peer *peer, const FrameStrings *added, const FrameStrings *removed)
{
	FrameStrings rest = *removed;
	VmqBytes     filter;

	while (frame_next_string(&rest, &filter)) {
		g_autofree char *wish = text_of(filter);

		remove_wish(peer, wish);
	}
	rest = *added;
	while (frame_next_string(&rest, &filter)) {
		g_autofree char *wish = text_of(filter);

		add_wish(peer, wish);
	}
}

void
peer_set_gossiped_filters(Peer *peer, const GPtrArray *filters)
{
	g_autoptr(GHashTable) now = g_hash_table_new(g_str_hash, g_str_equal);

	if (peer->synced && peer->is_ours)
		return;
	for (guint i = 0; i < filters->len; i++)
		g_hash_table_add(now, filters->pdata[i]);
	replace(peer, now);
}

void
peer_forget_wishes(Peer *peer)
{
	g_autoptr(GHashTable) nothing = g_hash_table_new(g_str_hash, g_str_equal);

	replace(peer, nothing);
	g_queue_clear_full(&peer->spool, (GDestroyNotify) vmq_msg_unref);
}

/* ---- what goes to it ---- */

static void
report_drops(Peer *peer)
{
	if (peer->n_dropped > 0)
		vmq_warn("cluster", "peer %s takes messages again; %" G_GUINT64_FORMAT " were dropped",
		         peer->name, peer->n_dropped);
	peer->n_dropped = 0;
}

static void
count_drop(Peer *peer, const char *why)
{
	vmq_counter_add(peer->cluster->counters.dropped_full, 1);
	if (peer->n_dropped++ == 0)
		vmq_warn("cluster", "peer %s: messages are dropped: %s", peer->name, why);
}

static void
drop_large(Peer *peer, size_t size)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(peer->cluster->counters.dropped_large, 1);
	if (vmq_log_gate(&gate, LOG_INTERVAL_MS, &held))
		vmq_warn("cluster",
		         "peer %s: a message of %zu bytes was not sent: a reference node takes %d "
		         "(%u more since the last such line)",
		         peer->name, size, FRAME_MAX_REFERENCE, held);
}

/* False when a reference node could not take it. */
static bool
make_frame(Peer *peer, const VmqMsg *msg, uint64_t flags)
{
	const char  *origin = vmq_msg_get_origin(msg);
	FramePublish publish = {.topic = vmq_msg_get_topic(msg),
	                        .payload = vmq_msg_get_payload(msg),
	                        .qos = vmq_msg_get_qos(msg),
	                        .retain = vmq_msg_get_retain(msg),
	                        .origin = origin != NULL ? origin : peer->cluster->node_id};
	Trailer      trailer = TRAILER_INIT;

	peer->scratch->len = 0;
	trailer.properties = vmq_msg_get_properties(msg);
	trailer.expiry_s = vmq_msg_get_expiry_s(msg);
	trailer.stamp = vmq_msg_get_stamp(msg);
	trailer.flags = flags;
	frame_put_publish(peer->scratch, &publish, peer->is_ours ? &trailer : NULL);
	if (peer->is_ours || peer->scratch->len <= FRAME_MAX_REFERENCE)
		return true;
	drop_large(peer, peer->scratch->len);
	return false;
}

static void
send(Peer *peer, const VmqMsg *msg)
{
	if (link_get_unsent(peer->dialled) >= peer->cluster->max_unsent_bytes &&
	    !brake_holds(peer->brake, msg)) {
		count_drop(peer, "it does not read (max_unsent_bytes)");
		return;
	}
	report_drops(peer);
	if (!make_frame(peer, msg, 0))
		return;
	link_send(peer->dialled, peer->scratch);
	brake_look(peer->brake, msg, link_get_unsent(peer->dialled));
	vmq_counter_add(peer->cluster->counters.frames_out, 1);
}

static uint64_t
get_sent(void *data)
{
	const Peer *peer = data;

	return peer->dialled != NULL ? link_get_sent(peer->dialled) : 0;
}

static bool
is_up(const Peer *peer)
{
	return peer->dialled != NULL && peer->up_ms != 0;
}

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *terms)
{
	Peer *peer = data;

	(void) terms;
	if (is_up(peer)) {
		send(peer, msg);
		return;
	}
	g_queue_push_tail(&peer->spool, vmq_msg_ref(msg));
	if (peer->spool.length > peer->cluster->max_spool_messages) {
		vmq_msg_unref(g_queue_pop_head(&peer->spool));
		count_drop(peer, "its link is down (max_spool_messages)");
	}
}

static const VmqSinkOps sink_ops = {.deliver = on_deliver};

void
peer_send_spool(Peer *peer)
{
	for (VmqMsg *msg; (msg = g_queue_pop_head(&peer->spool)) != NULL; vmq_msg_unref(msg))
		if (vmq_msg_get_expiry_s(msg) != 0)
			send(peer, msg);
	report_drops(peer);
}

void
peer_open_sink(Peer *peer)
{
	VmqGrant       terms = {.qos = 2, .flags = VMQ_GRANT_RELAY | VMQ_GRANT_RETAIN_AS_PUBLISHED};
	GHashTableIter iter;
	gpointer       filter;

	if (!vmq_addr_is_none(peer->sink))
		return;
	peer->sink = vmq_sink_open(&sink_ops, peer);
	vmq_sink_want_retained(peer->sink, true);
	g_hash_table_iter_init(&iter, peer->granted);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		vmq_subscribe(peer->sink, filter, &terms);
}

void
peer_look_if_lost(Peer *peer)
{
	if (is_up(peer) || peer->accepted->len > 0 || (peer->is_alive && !peer->has_left) ||
	    vmq_addr_is_none(peer->sink))
		return;
	vmq_info("cluster", "peer %s is gone: nothing is kept for it", peer->name);
	vmq_sink_close(peer->sink);
	peer->sink = VMQ_ADDR_NONE;
	g_queue_clear_full(&peer->spool, (GDestroyNotify) vmq_msg_unref);
	peer->n_dropped = 0;
}

/* ---- retained messages, all of them ---- */

static void
add_to_push(VmqMsg *msg, void *data)
{
	g_ptr_array_add(data, vmq_msg_ref(msg));
}

void
peer_start_push(Peer *peer)
{
	g_clear_pointer(&peer->push, g_ptr_array_unref);
	peer->push = g_ptr_array_new_with_free_func((GDestroyNotify) vmq_msg_unref);
	peer->next_push = 0;
	vmq_retained_foreach(peer->cluster->host, NULL, add_to_push, peer->push);
	peer_go_on_pushing(peer);
}

void
peer_go_on_pushing(Peer *peer)
{
	if (peer->push == NULL || !is_up(peer))
		return;
	while (peer->next_push < peer->push->len && link_get_unsent(peer->dialled) < PUSH_BYTES) {
		VmqMsg *msg = peer->push->pdata[peer->next_push++];

		if (vmq_msg_get_expiry_s(msg) != 0 && make_frame(peer, msg, TRAILER_REPLAY))
			link_send(peer->dialled, peer->scratch);
	}
	if (peer->next_push < peer->push->len)
		return;
	g_clear_pointer(&peer->push, g_ptr_array_unref);
	if (link_can(peer->dialled, "pushed")) {
		peer->scratch->len = 0;
		frame_put_empty(peer->scratch, FRAME_PUSHED);
		link_send(peer->dialled, peer->scratch);
	}
}

/* ---- what comes from it ---- */

static bool
is_sys(VmqBytes topic)
{
	static const char sys[] = "$SYS/";

	return topic.size >= strlen(sys) && memcmp(topic.data, sys, strlen(sys)) == 0;
}

static void
count_refused(Peer *peer)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(peer->cluster->counters.refused_topics, 1);
	if (vmq_log_gate(&gate, LOG_INTERVAL_MS, &held))
		vmq_warn("cluster",
		         "peer %s: a topic that may not be published was refused "
		         "(%u more since the last such line)",
		         peer->name, held);
}

void
peer_receive(Peer *peer, const Frame *frame)
{
	VmqDraft draft = VMQ_DRAFT_INIT;
	Trailer  trailer;

	vmq_counter_add(peer->cluster->counters.frames_in, 1);
	trailer_decode(frame->trailer, &trailer);
	draft.topic = frame->topic;
	draft.payload = frame->payload;
	draft.qos = MIN(frame->qos, 2);
	draft.retain = frame->retain;
	draft.origin = peer->name;
	draft.properties = trailer.properties;
	draft.expiry_s = trailer.expiry_s;
	draft.stamp = trailer.stamp;
	if (is_sys(frame->topic) ||
	    vmq_publish(peer->cluster->host, &draft) == VMQ_REASON_TOPIC_NAME_INVALID)
		count_refused(peer);
}

/* ---- life ---- */

void
peer_relay_init(Peer *peer)
{
	peer->wishes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	peer->granted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	peer->scratch = g_byte_array_new();
	peer->brake = brake_new(peer->cluster->stuck_timeout_ms, get_sent, peer);
}

void
peer_relay_clear(Peer *peer)
{
	if (!vmq_addr_is_none(peer->sink))
		vmq_sink_close(peer->sink);
	brake_free(peer->brake);
	g_queue_clear_full(&peer->spool, (GDestroyNotify) vmq_msg_unref);
	g_clear_pointer(&peer->push, g_ptr_array_unref);
	g_hash_table_unref(peer->wishes);
	g_hash_table_unref(peer->granted);
	g_byte_array_unref(peer->scratch);
}
