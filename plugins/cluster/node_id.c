/* SPDX-License-Identifier: Apache-2.0 */
/* node_id.c - who a node is in gossip */
#include "node_id.h"

#include <arpa/inet.h>
#include <string.h>

static size_t
ip_size(const NodeAddress *address)
{
	return address->ip_version == 4 ? 4 : 16;
}

bool
node_address_parse(const char *text, NodeAddress *address)
{
	const char *colon = strrchr(text, ':');
	bool        is_v6 = *text == '[';
	char       *end;

	if (colon == NULL || colon == text || !g_ascii_isdigit(colon[1]) ||
	    (is_v6 && colon[-1] != ']'))
		return false;

	guint64          port = g_ascii_strtoull(colon + 1, &end, 10);
	g_autofree char *host = is_v6 ? g_strndup(text + 1, (gsize) (colon - text - 2))
	                              : g_strndup(text, (gsize) (colon - text));

	if (*end != '\0' || port > UINT16_MAX)
		return false;
	*address = (NodeAddress){.ip_version = is_v6 ? 6 : 4, .port = (uint16_t) port};
	return inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address->ip) == 1;
}

void
node_address_format(const NodeAddress *address, char text[NODE_ADDRESS_BYTES])
{
	char host[INET6_ADDRSTRLEN];

	inet_ntop(address->ip_version == 6 ? AF_INET6 : AF_INET, address->ip, host, sizeof(host));
	g_snprintf(text, NODE_ADDRESS_BYTES, address->ip_version == 6 ? "[%s]:%u" : "%s:%u", host,
	           address->port);
}

static int
compare_addresses(const NodeAddress *a, const NodeAddress *b)
{
	if (a->ip_version != b->ip_version)
		return a->ip_version < b->ip_version ? -1 : 1;

	int order = memcmp(a->ip, b->ip, ip_size(a));

	return order != 0 ? order : (a->port > b->port) - (a->port < b->port);
}

bool
node_address_equal(const NodeAddress *a, const NodeAddress *b)
{
	return compare_addresses(a, b) == 0;
}

bool
node_address_is_usable(const NodeAddress *address)
{
	static const uint8_t zero[16];

	return address->port != 0 && memcmp(address->ip, zero, ip_size(address)) != 0;
}

int
node_id_compare(const NodeId *a, const NodeId *b)
{
	int order = strcmp(a->name, b->name);

	if (order != 0)
		return order;
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	return compare_addresses(&a->address, &b->address);
}

bool
node_id_equal(const NodeId *a, const NodeId *b)
{
	return a->generation == b->generation &&
	       node_address_equal(&a->address, &b->address) &&
	       strcmp(a->name, b->name) == 0;
}

guint
node_id_hash(const NodeId *id)
{
	guint hash = g_str_hash(id->name) ^ (guint) (id->generation ^ id->generation >> 32);

	for (size_t i = 0; i < ip_size(&id->address); i++)
		hash = hash * 33 + id->address.ip[i];
	return hash * 33 + id->address.port;
}
