/* SPDX-License-Identifier: Apache-2.0 */
/* seeds.c - names of nodes to begin with, and the addresses they have now */
#include "seeds.h"

#include <vibemq/log.h>
#include <vibemq/loop.h>

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

struct Seeds {
	char    **names;
	SeedsFunc on_resolved;
	void     *data;
	VmqTimer *timer;
	unsigned  refresh_ms;
	GArray   *known; /* of NodeAddress: what the last good round found */
	bool      all_numeric;
	char     *failed; /* the name that last did not resolve, so that it is logged once */
};

/* What travels to the other thread and back; it outlives the seeds if it must. */
typedef struct {
	Seeds     *seeds; /* NULL: nobody waits any more; control only */
	char     **names;
	GArray    *addresses; /* of NodeAddress */
	char      *failed;    /* the first name that did not resolve, or NULL */
	const char *why;
} Lookup;

/* ---- resolving; any thread ---- */

static bool
split(const char *name, char **host, char **port)
{
	const char *colon = strrchr(name, ':');

	if (colon == NULL || colon == name || colon[1] == '\0')
		return false;
	*host = *name == '[' ? g_strndup(name + 1, (gsize) MAX(colon - name - 2, 0))
	                     : g_strndup(name, (gsize) (colon - name));
	*port = g_strdup(colon + 1);
	return true;
}

static void
add(GArray *addresses, const struct addrinfo *info)
{
	NodeAddress address = {.ip_version = info->ai_family == AF_INET6 ? 6 : 4};

	if (info->ai_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) info->ai_addr;

		memcpy(address.ip, &in6->sin6_addr, 16);
		address.port = ntohs(in6->sin6_port);
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *) info->ai_addr;

		memcpy(address.ip, &in->sin_addr, 4);
		address.port = ntohs(in->sin_port);
	}
	g_array_append_val(addresses, address);
}

/* Appends all addresses of a name; NULL, or why there are none. */
static const char *
resolve(const char *name, GArray *addresses)
{
	g_autofree char *host = NULL, *port = NULL;
	struct addrinfo  hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;

	if (!split(name, &host, &port))
		return "not host:port";

	int status = getaddrinfo(host, port, &hints, &found);

	if (status != 0)
		return gai_strerror(status);
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next)
		if (info->ai_family == AF_INET || info->ai_family == AF_INET6)
			add(addresses, info);
	freeaddrinfo(found);
	return NULL;
}

static void
work(void *data)
{
	Lookup *lookup = data;

	for (char **name = lookup->names; *name != NULL; name++) {
		const char *why = resolve(*name, lookup->addresses);

		if (why != NULL && lookup->failed == NULL) {
			lookup->failed = g_strdup(*name);
			lookup->why = why;
		}
	}
}

bool
seeds_resolve_now(const char *name, NodeAddress *address)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(NodeAddress));

	if (resolve(name, addresses) != NULL || addresses->len == 0)
		return false;
	*address = g_array_index(addresses, NodeAddress, 0);
	return true;
}

/* ---- rounds ---- */

static void
report(Seeds *seeds, const Lookup *lookup)
{
	if (lookup->failed != NULL && g_strcmp0(seeds->failed, lookup->failed) != 0)
		vmq_warn("cluster", "seed %s does not resolve: %s; it is tried again", lookup->failed,
		         lookup->why);
	else if (lookup->failed == NULL && seeds->failed != NULL)
		vmq_info("cluster", "all seeds resolve");
	g_free(seeds->failed);
	seeds->failed = g_strdup(lookup->failed);
}

/* A name that does not resolve now may have been good before: its addresses are kept. */
static void
remember(Seeds *seeds, const Lookup *lookup)
{
	if (lookup->failed == NULL) {
		g_array_unref(seeds->known);
		seeds->known = g_array_copy(lookup->addresses);
	} else if (seeds->known->len > 0) {
		g_array_append_vals(lookup->addresses, seeds->known->data, seeds->known->len);
	}
}

static void
done(void *data)
{
	Lookup *lookup = data;
	Seeds  *seeds = lookup->seeds;

	if (seeds->timer != NULL) {
		report(seeds, lookup);
		remember(seeds, lookup);
		seeds->on_resolved((const NodeAddress *) (void *) lookup->addresses->data,
		                   lookup->addresses->len, seeds->data);
		if (!seeds->all_numeric)
			vmq_timer_set(seeds->timer,
			              lookup->failed != NULL ? SEEDS_RETRY_MS : seeds->refresh_ms);
	}
	g_array_unref(lookup->addresses);
	g_strfreev(lookup->names);
	g_free(lookup->failed);
	g_free(lookup);
	g_atomic_rc_box_release(seeds);
}

static void
start_round(void *data)
{
	Seeds  *seeds = data;
	Lookup *lookup = g_new0(Lookup, 1);

	lookup->seeds = g_atomic_rc_box_acquire(seeds);
	lookup->names = g_strdupv(seeds->names);
	lookup->addresses = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	vmq_offload(work, done, lookup);
}

/* ---- life ---- */

const char *
seeds_find_bad(char *const *names)
{
	for (; *names != NULL; names++) {
		g_autofree char *host = NULL, *port = NULL;

		if (!split(*names, &host, &port) || *host == '\0' || !g_ascii_isdigit(*port))
			return *names;
	}
	return NULL;
}

Seeds *
seeds_new(char *const *names, unsigned refresh_ms, SeedsFunc on_resolved, void *data)
{
	Seeds *seeds = g_atomic_rc_box_new0(Seeds);

	seeds->names = g_strdupv((char **) names);
	seeds->refresh_ms = refresh_ms;
	seeds->known = g_array_new(FALSE, FALSE, sizeof(NodeAddress));
	seeds->on_resolved = on_resolved;
	seeds->data = data;
	seeds->timer = vmq_timer_new(start_round, seeds);
	seeds->all_numeric = true;
	for (char **name = seeds->names; *name != NULL; name++) {
		NodeAddress address;

		seeds->all_numeric &= node_address_parse(*name, &address);
	}
	if (*seeds->names != NULL)
		start_round(seeds);
	return seeds;
}

void
seeds_free(Seeds *seeds)
{
	if (seeds == NULL)
		return;
	g_clear_pointer(&seeds->timer, vmq_timer_free);
	g_clear_pointer(&seeds->names, g_strfreev);
	g_clear_pointer(&seeds->failed, g_free);
	g_clear_pointer(&seeds->known, g_array_unref);
	g_atomic_rc_box_release(seeds);
}
