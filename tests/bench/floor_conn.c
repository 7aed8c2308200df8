/* SPDX-License-Identifier: Apache-2.0 */
/* floor_conn.c - a connection of the floor: what came in and is no packet yet, and what goes out */
#include "floor_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNSENT_BYTES (64 * 1024 * 1024)
#define OWED_BYTES   (64 * 1024)

static int        epoll_fd;
static GPtrArray *owed, *closed; /* of Conn */

void
conns_init(int fd)
{
	epoll_fd = fd;
	owed = g_ptr_array_new();
	closed = g_ptr_array_new();
}

static void
watch(Conn *conn, int operation)
{
	struct epoll_event event = {.events = conn->is_full ? EPOLLIN | EPOLLOUT : EPOLLIN,
	                            .data.ptr = conn};

	epoll_ctl(epoll_fd, operation, conn->fd, &event);
}

void
conn_new(int fd)
{
	const int on = 1;
	Conn     *conn = g_new0(Conn, 1);

	conn->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(conn, EPOLL_CTL_ADD);
}

void
conn_close(Conn *conn)
{
	if (conn->is_closed)
		return;
	close(conn->fd);
	conn->is_closed = true;
	g_ptr_array_add(closed, conn); /* the events of this turn may still name it */
}

void
conns_free_closed(void (*forget)(Conn *conn))
{
	for (guint i = 0; i < closed->len; i++) {
		Conn *conn = closed->pdata[i];

		forget(conn);
		g_clear_pointer(&conn->rest, g_byte_array_unref);
		g_clear_pointer(&conn->unsent, g_byte_array_unref);
		g_clear_pointer(&conn->owed, g_byte_array_unref);
		g_free(conn);
	}
	g_ptr_array_set_size(closed, 0);
}

/* What the socket did not take, but for the first `skip` bytes. */
static void
keep(Conn *conn, const struct iovec *pieces, unsigned n, size_t skip)
{
	if (conn->unsent == NULL)
		conn->unsent = g_byte_array_new();
	for (unsigned i = 0; i < n; i++) {
		size_t most = MIN(skip, pieces[i].iov_len);

		skip -= most;
		g_byte_array_append(conn->unsent, (uint8_t *) pieces[i].iov_base + most,
		                    (guint) (pieces[i].iov_len - most));
	}
	if (!conn->is_full) {
		conn->is_full = true;
		watch(conn, EPOLL_CTL_MOD);
	}
	if (conn->unsent->len > UNSENT_BYTES)
		conn_close(conn);
}

void
conn_put(Conn *conn, const struct iovec *pieces, unsigned n)
{
	struct msghdr message = {.msg_iov = (struct iovec *) pieces, .msg_iovlen = n};
	size_t        size = 0;

	if (conn->is_closed)
		return;
	if (conn->is_full) {
		keep(conn, pieces, n, 0);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		size += pieces[i].iov_len;

	ssize_t sent = n == 1 ? send(conn->fd, pieces->iov_base, size, MSG_NOSIGNAL)
	                      : sendmsg(conn->fd, &message, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN)
		conn_close(conn);
	else if ((size_t) MAX(sent, 0) < size)
		keep(conn, pieces, n, (size_t) MAX(sent, 0));
}

void
conn_on_writable(Conn *conn)
{
	ssize_t sent = send(conn->fd, conn->unsent->data, conn->unsent->len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) {
		conn_close(conn);
		return;
	}
	g_byte_array_remove_range(conn->unsent, 0, (guint) MAX(sent, 0));
	if (conn->unsent->len > 0)
		return;
	g_clear_pointer(&conn->unsent, g_byte_array_unref);
	conn->is_full = false;
	watch(conn, EPOLL_CTL_MOD);
}

static void
pay(Conn *conn)
{
	struct iovec piece = {conn->owed->data, conn->owed->len};

	if (piece.iov_len > 0)
		conn_put(conn, &piece, 1);
	g_byte_array_set_size(conn->owed, 0);
}

void
conn_owe(Conn *conn, const uint8_t *bytes, size_t size)
{
	if (conn->owed == NULL)
		conn->owed = g_byte_array_sized_new(OWED_BYTES);
	if (!conn->is_owed) {
		conn->is_owed = true;
		g_ptr_array_add(owed, conn);
	}
	if (conn->owed->len + size > OWED_BYTES)
		pay(conn);
	g_byte_array_append(conn->owed, bytes, (guint) size);
}

void
conns_pay(void)
{
	for (guint i = 0; i < owed->len; i++) {
		Conn *conn = owed->pdata[i];

		conn->is_owed = false;
		pay(conn);
	}
	g_ptr_array_set_size(owed, 0);
}
