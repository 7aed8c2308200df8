/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c - another node: its links */
#include "peer.h"

#include "interest.h"
#include "peer_priv.h"
#include "readiness.h"

#include <string.h>

/* Back-off between dials: doubles from the first to the last, and a fifth more or less by chance. */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  10000

/* A handshake that held this long takes the back-off back to its beginning. */
#define BACKOFF_RESET_MS 1000

/* Two nodes that say they have one address are mended by a person. */
#define BACKOFF_MISPLACED_MS 60000

static void dial(Peer *peer);

/* ---- dialling ---- */

static void
dial_later(Peer *peer)
{
	double jitter = 0.8 + 0.4 * g_random_double();

	vmq_timer_set(peer->dial_timer, (unsigned) (peer->backoff_ms * jitter));
	peer->backoff_ms = MIN(peer->backoff_ms * 2, BACKOFF_LAST_MS);
}

static void
on_dial_timer(void *data)
{
	dial(data);
}

/* Something says that it is there: no reason to wait any longer. */
static void
dial_now(Peer *peer)
{
	if (peer->dialled != NULL || peer->address == NULL || peer->cluster->stopping)
		return;
	peer->misplaced = false;
	peer->unreachable = false;
	peer->backoff_ms = BACKOFF_FIRST_MS;
	vmq_timer_set(peer->dial_timer, 0);
}

static void
drop_dialled(Peer *peer)
{
	g_clear_pointer(&peer->dialled, link_free);
	g_clear_pointer(&peer->push, g_ptr_array_unref);
}

/*
 * Somebody else has its address. A dead node's is soon given to another, and the dead
 * are remembered for long: so it is dialled again only when it gives a sign of life.
 */
static void
misplace(Peer *peer, const char *holder)
{
	if (peer->is_alive)
		vmq_warn("cluster", "peer %s: %s answered as %s: two nodes with one address?",
		         peer->name, peer->address, holder);
	else
		vmq_info("cluster", "peer %s is not at %s any more, %s is", peer->name, peer->address,
		         holder);
	peer->misplaced = true;
	peer->backoff_ms = BACKOFF_MISPLACED_MS;
	vmq_timer_set(peer->hang_up_timer, 0);
}

static void
on_dialled_up(Link *link, void *data)
{
	Peer *peer = data;

	if (!g_str_equal(link_get_node_id(link), peer->name)) {
		misplace(peer, link_get_node_id(link));
		return;
	}
	peer->up_ms = vmq_now_ms();
	peer->has_left = false;
	peer->is_ours = link_get_caps(link) != NULL;
	vmq_info("cluster", "peer %s up at %s (%s)", peer->name, peer->address,
	         peer->is_ours ? "vibemq" : "reference dialect");
	peer_open_sink(peer);
	peer_send_spool(peer);
	if (peer->is_ours)
		peer_start_push(peer);
	readiness_look(peer->cluster->readiness);
}

static void
on_dialled_down(Link *link, const char *why, void *data)
{
	Peer *peer = data;
	bool  was_up = peer->up_ms != 0;

	(void) link;
	drop_dialled(peer);
	brake_release(peer->brake);
	gossip_doubt(peer->cluster->gossip, peer->name);
	if (was_up) {
		vmq_counter_add(peer->cluster->counters.link_downs, 1);
		vmq_info("cluster", "peer %s down: %s", peer->name, why);
		if (vmq_now_ms() - peer->up_ms >= BACKOFF_RESET_MS)
			peer->backoff_ms = BACKOFF_FIRST_MS;
	} else {
		vmq_debug("cluster", "peer %s: dialling %s: %s", peer->name, peer->address, why);
	}
	peer->up_ms = 0;
	peer->synced = false;
	peer->unreachable = !was_up;
	if (peer->has_left)
		peer_forget_wishes(peer);
	else if (!peer->cluster->stopping && (peer->is_alive || !peer->misplaced))
		dial_later(peer);
	peer_look_if_lost(peer);
	readiness_look(peer->cluster->readiness);
}

static void
on_dialled_drained(Link *link, void *data)
{
	Peer *peer = data;

	(void) link;
	brake_release(peer->brake);
	peer_go_on_pushing(peer);
}

/* The acceptor's side of the link: what the peer wants. */
static void
on_dialled_frame(Link *link, const Frame *frame, void *data)
{
	Peer *peer = data;

	(void) link;
	switch (frame->type) {
	case FRAME_SUBSCRIPTION_SYNC:
		peer_replace_wishes(peer, &frame->added);
		peer->synced = true;
		readiness_look(peer->cluster->readiness);
		break;
	case FRAME_SUBSCRIPTION_UPDATE:
		peer_change_wishes(peer, &frame->added, &frame->removed);
		break;
	case FRAME_GOODBYE:
		peer->has_left = true;
		break;
	case FRAME_PUBLISH: /* VibeMQ never sends these here, but may */
		peer_receive(peer, frame);
		break;
	case FRAME_HELLO:
	case FRAME_HELLO_ACK:
	case FRAME_PING:
	case FRAME_PONG:
	case FRAME_PUSHED:
	case FRAME_N_TYPES:
		break;
	}
}

static const LinkEvents dialled_events = {
	.on_up = on_dialled_up,
	.on_frame = on_dialled_frame,
	.on_drained = on_dialled_drained,
	.on_down = on_dialled_down,
};

static void
dial(Peer *peer)
{
	g_autoptr(GError) error = NULL;

	if (peer->dialled != NULL || peer->cluster->stopping)
		return;
	peer->dialled =
		link_dial(peer->address, &peer->cluster->link, &dialled_events, peer, &error);
	/* As good as refused: this node may be cut off, and says so each time. */
	if (peer->dialled == NULL) {
		vmq_debug("cluster", "peer %s: %s", peer->name, error->message);
		peer->unreachable = true;
		dial_later(peer);
		readiness_look(peer->cluster->readiness);
	}
}

static void
on_hang_up(void *data)
{
	Peer *peer = data;

	if (peer->dialled != NULL)
		on_dialled_down(peer->dialled, "it is somebody else", peer);
}

void
peer_set_address(Peer *peer, const char *address)
{
	NodeAddress parsed;

	if (!node_address_parse(address, &parsed) || !node_address_is_usable(&parsed)) {
		vmq_warn("cluster", "peer %s advertises %s, which nobody can dial", peer->name,
		         address);
		return;
	}
	if (g_strcmp0(peer->address, address) == 0)
		return;
	g_free(peer->address);
	peer->address = g_strdup(address);
	peer->has_left = false;
	if (peer->dialled != NULL)
		on_dialled_down(peer->dialled, "its address changed", peer);
	dial_now(peer);
}

/* ---- links that it dialled ---- */

static void
on_accepted_up(Link *link, void *data)
{
	(void) link;
	(void) data; /* whoever took it has told it our interest */
}

static void
on_accepted_frame(Link *link, const Frame *frame, void *data)
{
	Peer *peer = data;

	(void) link;
	if (frame->type == FRAME_PUBLISH) {
		peer_receive(peer, frame);
	} else if (frame->type == FRAME_GOODBYE) {
		vmq_info("cluster", "peer %s says goodbye", peer->name);
		peer->has_left = true;
		peer_forget_wishes(peer);
		readiness_look(peer->cluster->readiness);
	} else if (frame->type == FRAME_PUSHED) {
		peer->pushed = true;
		readiness_look(peer->cluster->readiness);
	}
}

static void
on_accepted_down(Link *link, const char *why, void *data)
{
	Peer *peer = data;

	vmq_debug("cluster", "peer %s: its link from %s is down: %s", peer->name,
	          link_get_address(link), why);
	gossip_doubt(peer->cluster->gossip, peer->name);
	g_ptr_array_remove(peer->accepted, link);
	peer_look_if_lost(peer);
	readiness_look(peer->cluster->readiness);
}

static void
on_accepted_drained(Link *link, void *data)
{
	(void) link;
	(void) data;
}

static const LinkEvents accepted_events = {
	.on_up = on_accepted_up,
	.on_frame = on_accepted_frame,
	.on_drained = on_accepted_drained,
	.on_down = on_accepted_down,
};

void
peer_take_link(Peer *peer, Link *link)
{
	vmq_debug("cluster", "peer %s dialled us from %s", peer->name, link_get_address(link));
	link_set_events(link, &accepted_events, peer);
	g_ptr_array_add(peer->accepted, link);
	peer->has_left = false;
	interest_introduce(peer->cluster->interest, link);
	dial_now(peer); /* whoever dials is there */
}

void
peer_tell_interest(Peer *peer, const GPtrArray *added, const GPtrArray *removed)
{
	for (guint i = 0; i < peer->accepted->len; i++)
		interest_send_update(peer->accepted->pdata[i], added, removed);
}

void
peer_say_goodbye(Peer *peer)
{
	vmq_timer_stop(peer->dial_timer);
	if (peer->dialled != NULL)
		link_say_goodbye(peer->dialled);
}

/* ---- what a node that was just started lacks of it ---- */

PeerLack
peer_lacks(const Peer *peer)
{
	bool is_there = peer->up_ms != 0 || peer->accepted->len > 0;

	if (peer->has_left || (!is_there && (peer->misplaced || peer->unreachable)))
		return PEER_LACKS_NOTHING;
	if (!peer->pushed && peer->accepted->len > 0 && link_can(peer->accepted->pdata[0], "pushed"))
		return PEER_LACKS_RETAINED;
	if (peer->up_ms == 0 || peer->accepted->len == 0 || (peer->is_ours && !peer->synced))
		return PEER_LACKS_LINKS;
	return PEER_LACKS_NOTHING;
}

/* ---- life ---- */

const char *
peer_get_name(const Peer *peer)
{
	return peer->name;
}

void
peer_set_alive(Peer *peer, bool alive)
{
	peer->is_alive = alive;
	if (alive)
		dial_now(peer);
	else
		peer_look_if_lost(peer);
}

static void
free_link(void *link)
{
	link_free(link);
}

Peer *
peer_new(Cluster *cluster, const char *name)
{
	Peer *peer = g_new0(Peer, 1);

	peer->cluster = cluster;
	peer->name = g_intern_string(name);
	peer->backoff_ms = BACKOFF_FIRST_MS;
	peer->dial_timer = vmq_timer_new(on_dial_timer, peer);
	peer->hang_up_timer = vmq_timer_new(on_hang_up, peer);
	peer->accepted = g_ptr_array_new_with_free_func(free_link);
	peer_relay_init(peer);
	return peer;
}

void
peer_free(Peer *peer)
{
	if (peer == NULL)
		return;
	vmq_timer_free(peer->dial_timer);
	vmq_timer_free(peer->hang_up_timer);
	drop_dialled(peer);
	g_ptr_array_unref(peer->accepted);
	peer_relay_clear(peer);
	g_free(peer->address);
	g_free(peer);
}
