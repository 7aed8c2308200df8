/* SPDX-License-Identifier: Apache-2.0 */
/* interest.c - what this node's clients want, told to the others */
#include "interest.h"

#include "cover.h"
#include "peer.h"

#include <string.h>

/* The longest gossip value: well below what one datagram of a reference node can hold. */
#define GOSSIP_BYTES (16 * 1024)

/* As much of a whole set goes in one frame, which replaces what the peer knew; the rest follows. */
#define SYNC_BYTES (8 * 1024 * 1024)

/* A frame of changes stays far below what a reference node's buffer holds. */
#define UPDATE_BYTES (32 * 1024)

struct Interest {
	Cluster    *cluster;
	GHashTable *filters; /* a set: as it was told */
	bool        changed; /* since it was gossiped */
};

/* ---- telling links ---- */

static guint
put_some(GPtrArray *some, const GPtrArray *all, guint from, size_t most)
{
	size_t bytes = 0;

	for (; all != NULL && from < all->len && bytes < most; from++) {
		g_ptr_array_add(some, all->pdata[from]);
		bytes += strlen(all->pdata[from]) + 3;
	}
	return from;
}

static guint
length(const GPtrArray *list)
{
	return list != NULL ? list->len : 0;
}

static void
send_updates(Link *link, const GPtrArray *added, guint next_added, const GPtrArray *removed)
{
	guint next_removed = 0;

	while (next_added < length(added) || next_removed < length(removed)) {
		g_autoptr(GPtrArray) some_added = g_ptr_array_new();
		g_autoptr(GPtrArray) some_removed = g_ptr_array_new();
		g_autoptr(GByteArray) out = g_byte_array_new();

		next_added = put_some(some_added, added, next_added, UPDATE_BYTES);
		next_removed = put_some(some_removed, removed, next_removed, UPDATE_BYTES);
		frame_put_update(out, some_added, some_removed);
		link_send(link, out);
	}
}

/*
 * A reference node replaces what a link said by what gossip says, once per interval: a
 * filter told by link ahead of gossip would be in force, then not, then again (6.8, 6.12).
 */
static bool
believes_links(const Link *link)
{
	return link_get_caps(link) != NULL;
}

void
interest_send_update(Link *link, const GPtrArray *added, const GPtrArray *removed)
{
	if (believes_links(link))
		send_updates(link, added, 0, removed);
}

static GPtrArray *
list_of(GHashTable *filters)
{
	GPtrArray     *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer       filter;

	g_hash_table_iter_init(&iter, filters);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		g_ptr_array_add(list, filter);
	return list;
}

void
interest_introduce(Interest *interest, Link *link)
{
	g_autoptr(GPtrArray) all = list_of(interest->filters);
	g_autoptr(GPtrArray) first = g_ptr_array_new();
	g_autoptr(GByteArray) out = g_byte_array_new();

	if (!believes_links(link))
		return;

	guint next = put_some(first, all, 0, SYNC_BYTES);

	frame_put_sync(out, first);
	link_send(link, out);
	send_updates(link, all, next, NULL);
}

static void
tell_all(Interest *interest, const char *filter, bool wanted)
{
	g_autoptr(GPtrArray) one = g_ptr_array_new();
	GHashTableIter iter;
	gpointer       peer;

	g_ptr_array_add(one, (char *) filter);
	g_hash_table_iter_init(&iter, interest->cluster->peers);
	while (g_hash_table_iter_next(&iter, NULL, &peer))
		peer_tell_interest(peer, wanted ? one : NULL, wanted ? NULL : one);
}

/* ---- looking ---- */

void
interest_look(Interest *interest, const char *filter)
{
	bool wanted = vmq_has_local_interest(interest->cluster->host, filter);

	if (wanted == g_hash_table_contains(interest->filters, filter))
		return;
	if (wanted)
		g_hash_table_add(interest->filters, g_strdup(filter));
	tell_all(interest, filter, wanted);
	if (!wanted)
		g_hash_table_remove(interest->filters, filter);
	interest->changed = true;
}

void
interest_gossip(Interest *interest)
{
	if (!interest->changed)
		return;
	interest->changed = false;

	g_autofree char *json = cover_to_json(interest->filters, GOSSIP_BYTES);

	gossip_set(interest->cluster->gossip, "subscriptions", json, vmq_now_ms());
}

/* ---- life ---- */

static void
add_filter(const char *filter, void *data)
{
	g_hash_table_add(data, g_strdup(filter));
}

Interest *
interest_new(Cluster *cluster)
{
	Interest *interest = g_new0(Interest, 1);

	interest->cluster = cluster;
	interest->filters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	vmq_local_filters_foreach(cluster->host, add_filter, interest->filters);
	interest->changed = true;
	return interest;
}

void
interest_free(Interest *interest)
{
	if (interest == NULL)
		return;
	g_hash_table_unref(interest->filters);
	g_free(interest);
}
