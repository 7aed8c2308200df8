/* SPDX-License-Identifier: Apache-2.0 */
/* udp.c - the one socket that gossip leaves from and arrives at */
#include "udp.h"

#include "datagram.h"

#include <vibemq/log.h>
#include <vibemq/loop.h>

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Several nodes may send their largest datagram in the same millisecond. */
#define RECEIVE_BUFFER (4 * 1024 * 1024)

#define DATAGRAMS_PER_TURN 64

struct Udp {
	int       fd;
	VmqWatch *watch;
	UdpFunc   on_datagram;
	void     *data;
	uint8_t   buffer[DATAGRAM_MAX_BYTES + 1];
};

typedef struct {
	struct sockaddr_storage storage;
	socklen_t               size;
} SocketAddress;

static SocketAddress
to_socket(const NodeAddress *address)
{
	SocketAddress to = {.size = sizeof(struct sockaddr_in)};

	if (address->ip_version == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *) &to.storage;

		in->sin_family = AF_INET;
		in->sin_port = htons(address->port);
		memcpy(&in->sin_addr, address->ip, 4);
	} else {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &to.storage;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(address->port);
		memcpy(&in6->sin6_addr, address->ip, 16);
		to.size = sizeof(*in6);
	}
	return to;
}

static NodeAddress
from_socket(const struct sockaddr_storage *storage)
{
	NodeAddress address = {.ip_version = storage->ss_family == AF_INET6 ? 6 : 4};

	if (address.ip_version == 6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) storage;

		memcpy(address.ip, &in6->sin6_addr, 16);
		address.port = ntohs(in6->sin6_port);
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *) storage;

		memcpy(address.ip, &in->sin_addr, 4);
		address.port = ntohs(in->sin_port);
	}
	return address;
}

static void
on_ready(int fd, VmqIo ready, void *data)
{
	Udp *udp = data;

	(void) ready;
	for (unsigned i = 0; i < DATAGRAMS_PER_TURN; i++) {
		SocketAddress from = {.size = sizeof(from.storage)};
		ssize_t       size = recvfrom(fd, udp->buffer, sizeof(udp->buffer), 0,
		                              (struct sockaddr *) &from.storage, &from.size);

		/* Errors here are those of datagrams sent before (unreachable, refused): UDP may lose. */
		if (size < 0 && errno == EAGAIN)
			return;
		if (size < 0 || (size_t) size > DATAGRAM_MAX_BYTES)
			continue;

		NodeAddress address = from_socket(&from.storage);

		udp->on_datagram((VmqBytes){udp->buffer, (size_t) size}, &address, udp->data);
	}
}

void
udp_send(Udp *udp, VmqBytes datagram, const NodeAddress *address)
{
	SocketAddress to = to_socket(address);

	if (sendto(udp->fd, datagram.data, datagram.size, MSG_NOSIGNAL,
	           (struct sockaddr *) &to.storage, to.size) >= 0)
		return;

	char text[NODE_ADDRESS_BYTES];

	node_address_format(address, text);
	vmq_debug("gossip", "not sent to %s: %s", text, g_strerror(errno));
}

static int
open_socket(const NodeAddress *address)
{
	SocketAddress at = to_socket(address);
	int fd = socket(at.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int room = RECEIVE_BUFFER;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)); /* as far as the system lets us */
	if (bind(fd, (struct sockaddr *) &at.storage, at.size) == 0)
		return fd;
	close(fd);
	return -1;
}

Udp *
udp_new(const char *text, UdpFunc on_datagram, void *data, GError **error)
{
	NodeAddress address;

	if (!node_address_parse(text, &address)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		            "\"%s\" is no numeric address, like 0.0.0.0:7946 or [::]:7946", text);
		return NULL;
	}

	int fd = open_socket(&address);

	if (fd < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		            "cannot listen for gossip on %s: %s", text, g_strerror(errno));
		return NULL;
	}

	Udp *udp = g_new0(Udp, 1);

	udp->fd = fd;
	udp->on_datagram = on_datagram;
	udp->data = data;
	udp->watch = vmq_watch_new(fd, VMQ_IO_READ, on_ready, udp);
	return udp;
}

void
udp_free(Udp *udp)
{
	if (udp == NULL)
		return;
	vmq_watch_free(udp->watch);
	close(udp->fd);
	g_free(udp);
}

static NodeAddress
own_address(int fd)
{
	SocketAddress at = {.size = sizeof(at.storage)};

	getsockname(fd, (struct sockaddr *) &at.storage, &at.size);
	return from_socket(&at.storage);
}

NodeAddress
udp_get_address(const Udp *udp)
{
	return own_address(udp->fd);
}

/* Connecting a UDP socket sends nothing: it only asks the routing table. */
bool
udp_route_address(const NodeAddress *to, NodeAddress *from)
{
	SocketAddress there = to_socket(to);
	int fd = socket(there.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;

	bool found = connect(fd, (struct sockaddr *) &there.storage, there.size) == 0;

	if (found)
		*from = own_address(fd);
	close(fd);
	return found;
}
