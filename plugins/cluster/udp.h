/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.h - the one socket that gossip leaves from and arrives at
 *
 * Answers go to where a question came from, so everything is sent from the socket
 * that listens.
 *
 * Threads: control.
 * Fails:   udp_new() with the address and the kernel's reason.
 */
#pragma once

#include "node_id.h"

typedef struct Udp Udp;

typedef void (*UdpFunc)(VmqBytes datagram, const NodeAddress *from, void *data);

Udp *udp_new(const char *address, UdpFunc on_datagram, void *data, GError **error);
void udp_free(Udp *udp); /* NULL is fine */

void        udp_send(Udp *udp, VmqBytes datagram, const NodeAddress *to);
NodeAddress udp_get_address(const Udp *udp); /* as bound, with the port chosen */

/* The address that packets to `to` would leave from; false when there is no way. */
bool udp_route_address(const NodeAddress *to, NodeAddress *from);
