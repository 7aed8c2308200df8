/* SPDX-License-Identifier: Apache-2.0 */
/* acceptor.c - takes in connections at an address */
#include "net/acceptor.h"

#include <vibemq/log.h>

#include "net/stream.h"
#include "run/worker.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG 4096

/* Connections taken in one turn, so that those already in are not kept waiting. */
#define ACCEPTS_PER_TURN 64

/* Without descriptors there is nothing to do but to wait for some. */
#define PAUSE_MS 100

struct VmqAcceptor {
	Watch         watch;
	Timer         pause;
	VmqAcceptFunc on_stream;
	void         *data;
	bool          owns_fd;
	char          address[ADDRESS_TEXT_BYTES];
};

static void
watch_again(VmqAcceptor *acceptor)
{
	/* One socket in the sets of several workers: the kernel wakes one of them, not all. */
	worker_watch(worker_here(), &acceptor->watch, EPOLLIN | EPOLLEXCLUSIVE);
}

static void
on_pause_over(Timer *timer)
{
	watch_again((VmqAcceptor *) ((char *) timer - G_STRUCT_OFFSET(VmqAcceptor, pause)));
}

static void
pause_for_a_while(VmqAcceptor *acceptor, int status)
{
	static VmqLogGate gate;
	unsigned          held;

	if (vmq_log_gate(&gate, 10000, &held))
		vmq_error("listener", "%s: cannot accept: %s; raise LimitNOFILE or ulimit -n",
		          acceptor->address, g_strerror(status));
	worker_unwatch(worker_here(), &acceptor->watch);
	worker_set_timer(worker_here(), &acceptor->pause, vmq_now_ms() + PAUSE_MS);
}

static bool
accept_one(VmqAcceptor *acceptor)
{
	Address peer = {.size = sizeof(peer.storage)};
	int     fd = accept4(acceptor->watch.fd, (struct sockaddr *) &peer.storage, &peer.size,
	                     SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_for_a_while(acceptor, errno);
		return errno == ECONNABORTED || errno == EINTR;
	}

	VmqStream *stream = stream_new(fd, &peer);

	stream_arrive(stream);
	acceptor->on_stream(stream, acceptor->data);
	return true;
}

static void
on_ready(Watch *watch, uint32_t events)
{
	(void) events;
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++)
		if (!accept_one((VmqAcceptor *) watch))
			return;
}

static bool
listen_at(int fd, const Address *address)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->storage.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return bind(fd, (const struct sockaddr *) &address->storage, address->size) == 0 &&
	       listen(fd, BACKLOG) == 0;
}

int
acceptor_bind(const char *text, GError **error)
{
	Address address;

	if (!address_resolve(text, &address, error))
		return -1;

	int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !listen_at(fd, &address)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot listen on %s: %s",
		            text, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

VmqAcceptor *
acceptor_new(int fd, VmqAcceptFunc on_stream, void *data)
{
	VmqAcceptor *acceptor = g_new0(VmqAcceptor, 1);
	Address      bound = {.size = sizeof(bound.storage)};

	acceptor->watch = (Watch){.fd = fd, .on_ready = on_ready};
	acceptor->pause.func = on_pause_over;
	acceptor->on_stream = on_stream;
	acceptor->data = data;
	getsockname(fd, (struct sockaddr *) &bound.storage, &bound.size);
	address_format(&bound, acceptor->address);
	watch_again(acceptor);
	return acceptor;
}

VmqAcceptor *
vmq_acceptor_new(const char *address, VmqAcceptFunc on_stream, void *data, GError **error)
{
	int fd = acceptor_bind(address, error);

	if (fd < 0)
		return NULL;

	VmqAcceptor *acceptor = acceptor_new(fd, on_stream, data);

	acceptor->owns_fd = true;
	return acceptor;
}

const char *
vmq_acceptor_get_address(const VmqAcceptor *acceptor)
{
	return acceptor->address;
}

void
vmq_acceptor_free(VmqAcceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	worker_stop_timer(worker_here(), &acceptor->pause);
	worker_unwatch(worker_here(), &acceptor->watch);
	if (acceptor->owns_fd)
		close(acceptor->watch.fd);
	g_free(acceptor);
}
