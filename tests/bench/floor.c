/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.c - below this no broker gets: it moves the same bytes with as few system calls as possible,
 * and does nothing else
 *
 *     floor PORT          on 127.0.0.1, until it is killed
 *
 * No broker: it takes QoS 0 and the filters that floor_topics.h says, believes what it reads, and
 * knows one thing about MQTT, where a PUBLISH ends and which topic it has. A turn of it reads until
 * nothing has come for a millisecond, all into one block, and then writes once to each subscriber.
 * Without the millisecond, chance would say how many messages share a write, and so what each costs;
 * in return its latency is not the least there can be. What vibemq-bench says of it, of a load like
 * "fan-in", "fan-out" or "subscriptions", is what the kernel costs.
 *
 * MQTT 3.1.1 and 5 look the same to it, as long as a message has no alias for its topic.
 */
#include "floor_conn.h"
#include "floor_topics.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS_PER_WAIT 1024
#define GATHER_MS       1
#define BLOCK_BYTES     (1024 * 1024)
#define READ_BYTES      (64 * 1024) /* in one read, and the largest packet */
#define FILTERS         1024        /* in a SUBSCRIBE */

enum { CONNECT = 1, PUBLISH = 3, SUBSCRIBE = 8, PINGREQ = 12, DISCONNECT = 14 };

static int     epoll_fd, listen_fd;
static uint8_t block[BLOCK_BYTES];
static size_t  block_used;

/* What came in this turn goes out; the block is empty then. */
static void
publish_all(void)
{
	topics_publish();
	block_used = 0;
}

/* ---- packets ---- */

static void
say(Conn *conn, const void *bytes, size_t size)
{
	struct iovec piece = {(void *) bytes, size};

	conn_put(conn, &piece, 1);
}

static void
on_connect(Conn *conn, const uint8_t *body)
{
	static const uint8_t connack[] = {0x20, 2, 0, 0}, connack_v5[] = {0x20, 3, 0, 0, 0};

	conn->is_v5 = body[6] == 5; /* behind the name of the protocol, "MQTT" */
	if (conn->is_v5)
		say(conn, connack_v5, sizeof(connack_v5));
	else
		say(conn, connack, sizeof(connack));
}

/* All that was asked for is granted. */
static void
on_subscribe(Conn *conn, const uint8_t *body, const uint8_t *end)
{
	uint8_t  granted[3 + FILTERS] = {body[0], body[1]}; /* and QoS 0 for all */
	unsigned length = conn->is_v5 ? 3 : 2;

	body += conn->is_v5 ? 3u + body[2] : 2u;
	for (unsigned n = 0; body < end && n < FILTERS; n++, length++) {
		size_t size = (size_t) body[0] << 8 | body[1];

		topics_subscribe(conn, body + 2, size);
		body += 2 + size + 1;
	}

	uint8_t head[] = {0x90, (uint8_t) (length > 0x7F ? length | 0x80 : length),
	                  (uint8_t) (length >> 7)};

	conn_put(conn, (struct iovec[]){{head, length > 0x7F ? 3 : 2}, {granted, length}}, 2);
}

static void
take(Conn *conn, uint8_t *packet, size_t size, const uint8_t *body)
{
	static const uint8_t pong[] = {0xD0, 0};

	switch (packet[0] >> 4) {
	case CONNECT:
		on_connect(conn, body);
		break;
	case PUBLISH:
		topics_take(packet, size, body + 2, (size_t) body[0] << 8 | body[1]);
		break;
	case SUBSCRIBE:
		on_subscribe(conn, body, packet + size);
		break;
	case PINGREQ:
		say(conn, pong, sizeof(pong));
		break;
	default:
		conn_close(conn);
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
			conn_close(conn);
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
		conn_close(conn);
		return;
	}
	block_used += kept + (size_t) got;
	take_all(conn, at, kept + (size_t) got);
}

static void
accept_all(void)
{
	for (int fd; (fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
		conn_new(fd);
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
			conn_on_writable(conn);
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
	conns_free_closed(topics_forget);
}

static bool
open_port(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons(port),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN};
	const int          on = 1;

	listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(listen_fd, (struct sockaddr *) &address, sizeof(address)) == 0 &&
	       listen(listen_fd, SOMAXCONN) == 0 &&
	       epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event) == 0;
}

int
main(int argc, char **argv)
{
	uint16_t port = (uint16_t) (argc == 2 ? atoi(argv[1]) : 0);

	if (port == 0) {
		fputs("usage: floor PORT\n", stderr);
		return EXIT_FAILURE;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	conns_init(epoll_fd);
	topics_init();
	if (!open_port(port)) {
		perror("floor");
		return EXIT_FAILURE;
	}
	for (;;)
		turn();
}
