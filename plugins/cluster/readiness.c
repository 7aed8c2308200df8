/* SPDX-License-Identifier: Apache-2.0 */
/* readiness.c - what a node that was just started waits for before it is ready */
#include "readiness.h"

#include "peer.h"

struct Readiness {
	Cluster  *cluster;
	VmqTimer *join_timer;
	bool      is_patient; /* until join_timeout is over */
	bool      is_ready;
};

/* Phrases must last; as many as there are peers, of which each has a few. */
static const char *
phrase(const char *what, const Peer *peer)
{
	g_autofree char *text = g_strdup_printf("%s %s", what, peer_get_name(peer));

	return g_intern_string(text);
}

static const char *
await_peer(const Readiness *readiness, const Peer *peer)
{
	switch (peer_lacks(peer)) {
	case PEER_LACKS_NOTHING:
		return NULL;
	case PEER_LACKS_LINKS:
		return readiness->is_patient ? phrase("links with", peer) : NULL;
	case PEER_LACKS_RETAINED:
		return phrase("the retained messages of", peer);
	}
	g_assert_not_reached();
}

static const char *
await(const Readiness *readiness)
{
	const char    *what = NULL;
	GHashTableIter iter;
	gpointer       peer;

	if (g_hash_table_size(readiness->cluster->peers) == 0)
		return readiness->is_patient ? "an answer to gossip" : NULL;
	g_hash_table_iter_init(&iter, readiness->cluster->peers);
	while (what == NULL && g_hash_table_iter_next(&iter, NULL, &peer))
		what = await_peer(readiness, peer);
	return what;
}

void
readiness_look(Readiness *readiness)
{
	if (readiness == NULL || readiness->is_ready || readiness->cluster->stopping)
		return;

	const char *what = await(readiness);

	readiness->is_ready = what == NULL;
	if (readiness->is_ready)
		vmq_timer_stop(readiness->join_timer);
	vmq_set_waiting(readiness->cluster->host, what);
}

static void
on_join_timeout(void *data)
{
	Readiness  *readiness = data;
	const char *what = await(readiness);

	if (g_hash_table_size(readiness->cluster->peers) == 0)
		vmq_info("cluster", "nobody answered within join_timeout: this node is alone so far");
	else if (what != NULL)
		vmq_warn("cluster", "join_timeout is over: not waiting any longer for %s", what);
	readiness->is_patient = false;
	readiness_look(readiness);
}

Readiness *
readiness_new(Cluster *cluster, unsigned join_timeout_ms)
{
	Readiness *readiness = g_new0(Readiness, 1);

	readiness->cluster = cluster;
	readiness->is_patient = true;
	readiness->join_timer = vmq_timer_new(on_join_timeout, readiness);
	vmq_timer_set(readiness->join_timer, join_timeout_ms);
	readiness_look(readiness);
	return readiness;
}

void
readiness_free(Readiness *readiness)
{
	if (readiness == NULL)
		return;
	vmq_timer_free(readiness->join_timer);
	g_free(readiness);
}
