/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_id.h - who a node is in gossip: name, incarnation and address together
 *
 * The same name with another generation or address is another node (wire protocol
 * 2.4). A NodeId owns nothing and is copied like a number.
 *
 * Memory: the name is the datagram's that it came in, or the state's for a node that
 *         is kept.
 */
#pragma once

#include <vibemq/types.h>

/* Text of an address, "[ipv6]:port" at the longest. */
#define NODE_ADDRESS_BYTES 64

typedef struct {
	uint8_t  ip_version; /* 4 or 6 */
	uint8_t  ip[16];     /* network order; four of them with IPv4 */
	uint16_t port;
} NodeAddress;

typedef struct {
	const char *name; /* borrowed */
	uint64_t    generation;
	NodeAddress address; /* where it wants to be gossiped to */
} NodeId;

/* "192.0.2.1:7946", "[2001:db8::7]:7946"; false when it is not numeric. */
bool node_address_parse(const char *text, NodeAddress *address);
void node_address_format(const NodeAddress *address, char text[NODE_ADDRESS_BYTES]);
bool node_address_equal(const NodeAddress *a, const NodeAddress *b);
bool node_address_is_usable(const NodeAddress *address); /* not 0.0.0.0, not port 0 */

/* The order of wire protocol 2.4; for g_array_sort() and trees. */
int   node_id_compare(const NodeId *a, const NodeId *b);
bool  node_id_equal(const NodeId *a, const NodeId *b);
guint node_id_hash(const NodeId *id);
