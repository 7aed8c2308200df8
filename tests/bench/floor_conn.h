/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor_conn.h - a connection of the floor: what came in and is no packet yet, and what goes out
 *
 * There are two ways out. conn_put() sends at once, and straight from where the bytes are: that is
 * for what many want. conn_owe() collects what is for this one alone, and conns_pay() sends that of
 * each with one call. What a socket does not take is kept until it does.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

typedef struct {
	int         fd;
	bool        is_closed, is_v5, is_full, is_owed;
	GByteArray *rest;   /* the beginning of a packet; NULL: none */
	GByteArray *unsent; /* NULL: nothing */
	GByteArray *owed;   /* NULL: nothing so far */
} Conn;

void conns_init(int epoll_fd);

/* Watches a socket that was just accepted, and owns it. */
void conn_new(int fd);
void conn_put(Conn *conn, const struct iovec *pieces, unsigned n);
void conn_owe(Conn *conn, const uint8_t *bytes, size_t size);
void conns_pay(void);

/* The socket takes more, after conn->is_full. */
void conn_on_writable(Conn *conn);

/* The socket is closed; the memory stays until conns_free_closed(), which names each before. */
void conn_close(Conn *conn);
void conns_free_closed(void (*forget)(Conn *conn));
