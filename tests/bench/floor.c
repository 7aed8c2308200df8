/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.c - below this no broker gets: it moves the same bytes with as few system calls as possible,
 * and does nothing else
 *
 *     floor PORT          on 127.0.0.1, until it is killed
 *
 * No broker: it takes QoS 0 and exact filters, believes what it reads, and knows one thing about
 * MQTT, where a PUBLISH ends and which topic it has. A turn of it reads until nothing has come for a
 * millisecond, all into one block, and then writes once to each subscriber, from that block: what
 * the messages of a turn have in common is moved as one, and copied by the kernel only. Without the
 * millisecond, chance would say how many messages share a write, and so what each costs; in return
 * its latency is not the least there can be. What vibemq-bench says of it, of a load like "fan-in"
 * or "fan-out", is what the kernel costs.
 *
 * MQTT 3.1.1 and 5 look the same to it, as long as a message has no alias for its topic.
 */
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define EVENTS_PER_WAIT 1024
#define GATHER_MS 1
#define BLOCK_BYTES (1024 * 1024)
#define READ_BYTES (64 * 1024) /* in one read, and the largest packet */
#define UNSENT_BYTES (64 * 1024 * 1024)
#define PIECES 512 /* of a turn's block, for one topic */

enum { CONNECT = 1, PUBLISH = 3, SUBSCRIBE = 8, PINGREQ = 12, DISCONNECT = 14 };

typedef struct {
	int         fd;
	bool        is_closed, is_v5, is_full;
	GByteArray *rest;   /* the beginning of a packet; NULL: none */
	GByteArray *unsent; /* NULL: nothing */
} Conn;

typedef struct {
	char        *name;
	size_t       size;
	GPtrArray   *subscribers; /* of Conn */
	struct iovec pieces[PIECES];
	unsigned     n_pieces;
} Topic;

static int        epoll_fd, listen_fd;
static uint8_t    block[BLOCK_BYTES];
static size_t     block_used;
static GPtrArray *topics, *closed;

static void
close_conn(Conn *conn)
{
	if (conn->is_closed)
		return;
	for (guint i = 0; i < topics->len; i++)
		g_ptr_array_remove_fast(((Topic *) topics->pdata[i])->subscribers, conn);
	close(conn->fd);
	conn->is_closed = true;
	g_ptr_array_add(closed, conn); /* the events of this turn may still name it */
}

static void
free_closed(void)
{
	for (guint i = 0; i < closed->len; i++) {
		Conn *conn = closed->pdata[i];

		g_clear_pointer(&conn->rest, g_byte_array_unref);
		g_clear_pointer(&conn->unsent, g_byte_array_unref);
		g_free(conn);
	}
	g_ptr_array_set_size(closed, 0);
}

/* ---- writing ---- */

static void
watch(Conn *conn, bool is_full)
{
	struct epoll_event event = {.events = is_full ? EPOLLIN | EPOLLOUT : EPOLLIN,
	                            .data.ptr = conn};

	conn->is_full = is_full;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, conn->fd, &event);
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
	if (!conn->is_full)
		watch(conn, true);
	if (conn->unsent->len > UNSENT_BYTES)
		close_conn(conn);
}

static void
put(Conn *conn, const struct iovec *pieces, unsigned n)
{
	struct msghdr message = {.msg_iov = (struct iovec *) pieces, .msg_iovlen = n};
	size_t        size = 0;

	if (conn->is_full) {
		keep(conn, pieces, n, 0);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		size += pieces[i].iov_len;

	ssize_t sent = n == 1 ? send(conn->fd, pieces->iov_base, size, MSG_NOSIGNAL)
	                      : sendmsg(conn->fd, &message, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN)
		close_conn(conn);
	else if ((size_t) MAX(sent, 0) < size)
		keep(conn, pieces, n, (size_t) MAX(sent, 0));
}

static void
put_rest(Conn *conn)
{
	ssize_t sent = send(conn->fd, conn->unsent->data, conn->unsent->len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) {
		close_conn(conn);
		return;
	}
	g_byte_array_remove_range(conn->unsent, 0, (guint) MAX(sent, 0));
	if (conn->unsent->len > 0)
		return;
	g_clear_pointer(&conn->unsent, g_byte_array_unref);
	watch(conn, false);
}

static void
say(Conn *conn, const void *bytes, size_t size)
{
	struct iovec piece = {(void *) bytes, size};

	put(conn, &piece, 1);
}

static void
publish(Topic *topic)
{
	/* From the end, for who is closed leaves his place to the last. */
	for (guint i = topic->n_pieces > 0 ? topic->subscribers->len : 0; i > 0; i--)
		put(topic->subscribers->pdata[i - 1], topic->pieces, topic->n_pieces);
	topic->n_pieces = 0;
}

/* What came in this turn goes out; the block is empty then. */
static void
publish_all(void)
{
	for (guint i = 0; i < topics->len; i++)
		publish(topics->pdata[i]);
	block_used = 0;
}

/* ---- packets ---- */

static Topic *
find_topic(const uint8_t *name, size_t size)
{
	for (guint i = 0; i < topics->len; i++) {
		Topic *topic = topics->pdata[i];

		if (topic->size == size && memcmp(topic->name, name, size) == 0)
			return topic;
	}
	return NULL;
}

static void
on_publish(uint8_t *packet, size_t size, const uint8_t *body)
{
	Topic *topic = find_topic(body + 2, (size_t) body[0] << 8 | body[1]);

	if (topic == NULL)
		return;

	struct iovec *last = topic->n_pieces > 0 ? &topic->pieces[topic->n_pieces - 1] : NULL;

	if (last != NULL && (uint8_t *) last->iov_base + last->iov_len == packet) {
		last->iov_len += size;
		return;
	}
	if (topic->n_pieces == PIECES)
		publish(topic);
	topic->pieces[topic->n_pieces++] = (struct iovec){packet, size};
}

static void
on_subscribe(Conn *conn, const uint8_t *body, const uint8_t *end)
{
	uint8_t suback[128] = {0x90, conn->is_v5 ? 3 : 2, body[0], body[1]};
	size_t  size = conn->is_v5 ? 5 : 4;

	body += conn->is_v5 ? 3u + body[2] : 2u;
	while (body < end && size < sizeof(suback)) {
		size_t name_size = (size_t) body[0] << 8 | body[1];
		Topic *topic = find_topic(body + 2, name_size);

		if (topic == NULL) {
			topic = g_new0(Topic, 1);
			topic->name = g_memdup2(body + 2, name_size);
			topic->size = name_size;
			topic->subscribers = g_ptr_array_new();
			g_ptr_array_add(topics, topic);
		}
		if (!g_ptr_array_find(topic->subscribers, conn, NULL))
			g_ptr_array_add(topic->subscribers, conn);
		body += 2 + name_size + 1;
		suback[1]++;
		suback[size++] = 0;
	}
	say(conn, suback, size);
}

static void
take(Conn *conn, uint8_t *packet, size_t size, const uint8_t *body)
{
	static const uint8_t connack[] = {0x20, 2, 0, 0}, connack_v5[] = {0x20, 3, 0, 0, 0};
	static const uint8_t pong[] = {0xD0, 0};

	switch (packet[0] >> 4) {
	case CONNECT:
		conn->is_v5 = body[6] == 5; /* behind the name of the protocol, "MQTT" */
		say(conn, conn->is_v5 ? connack_v5 : connack,
		    conn->is_v5 ? sizeof(connack_v5) : sizeof(connack));
		break;
	case PUBLISH:
		on_publish(packet, size, body);
		break;
	case SUBSCRIBE:
		on_subscribe(conn, body, packet + size);
		break;
	case PINGREQ:
		say(conn, pong, sizeof(pong));
		break;
	default:
		close_conn(conn);
	}
}

/* How long the packet at the front is, and where its body begins; 0: that is not there yet. */
static size_t
measure(uint8_t *at, size_t size, const uint8_t **body)
{
	size_t length = 0;

	*body = at;
	for (size_t i = 1; i < MIN(size, 5); i++) {
		length |= (size_t) (at[i] & 0x7F) << 7 * (i - 1);
		if (at[i] < 0x80) {
			*body = at + i + 1;
			return i + 1 + length;
		}
	}
	return 0;
}

/* ---- reading ---- */

static void
take_all(Conn *conn, uint8_t *at, size_t size)
{
	const uint8_t *body;

	for (size_t used; !conn->is_closed && size > 0; at += used, size -= used) {
		used = measure(at, size, &body);
		if (used > READ_BYTES) {
			close_conn(conn);
		} else if (used == 0 || used > size) {
			conn->rest = g_byte_array_append(g_byte_array_new(), at, (guint) size);
			return;
		} else {
			take(conn, at, used, body);
		}
	}
}

static void
read_once(Conn *conn)
{
	if (block_used + 2 * READ_BYTES > BLOCK_BYTES)
		publish_all();
	if (conn->is_closed)
		return; /* just now */

	uint8_t *at = block + block_used;
	size_t   kept = 0;

	if (conn->rest != NULL) {
		kept = conn->rest->len;
		memcpy(at, conn->rest->data, kept);
		g_clear_pointer(&conn->rest, g_byte_array_unref);
	}

	ssize_t got = recv(conn->fd, at + kept, READ_BYTES, 0);

	if (got <= 0) {
		close_conn(conn);
		return;
	}
	block_used += kept + (size_t) got;
	take_all(conn, at, kept + (size_t) got);
}

static void
accept_all(void)
{
	const int on = 1;

	for (int fd; (fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
		Conn              *conn = g_new0(Conn, 1);
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};

		conn->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

/* Takes what is ready; returns whether anything was. */
static bool
take_ready(int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_WAIT];
	int                n = epoll_wait(epoll_fd, events, EVENTS_PER_WAIT, timeout_ms);

	for (int i = 0; i < n; i++) {
		Conn *conn = events[i].data.ptr;

		if (conn == NULL) {
			accept_all();
			continue;
		}
		if (!conn->is_closed && (events[i].events & EPOLLOUT) != 0 && conn->is_full)
			put_rest(conn);
		if (!conn->is_closed && (events[i].events & ~(uint32_t) EPOLLOUT) != 0)
			read_once(conn);
	}
	return n > 0;
}

/* It is written only when for a while nothing more has come, or as much as the block takes. */
static void
turn(void)
{
	take_ready(-1);
	while (block_used < BLOCK_BYTES / 2 && take_ready(GATHER_MS))
		;
	publish_all();
	free_closed();
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons((uint16_t) (argc == 2 ? atoi(argv[1]) : 0)),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN};
	const int          on = 1;

	if (address.sin_port == 0) {
		fputs("usage: floor PORT\n", stderr);
		return EXIT_FAILURE;
	}
	topics = g_ptr_array_new();
	closed = g_ptr_array_new();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listen_fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
	    listen(listen_fd, SOMAXCONN) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event) < 0) {
		perror("floor");
		return EXIT_FAILURE;
	}
	for (;;)
		turn();
}
