/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - one MQTT connection of the load
 *
 * Owner:   whoever embeds it.      Threads: its loop's.
 * Memory:  owns buffers only while a packet came or went in part.
 * Fails:   whatever a broker does that no broker should ends the run: run_fail().
 */
#pragma once

#include "base/buf.h"
#include "bench/endpoint.h"

typedef struct Loop       Loop;
typedef struct Publisher  Publisher;
typedef struct Subscriber Subscriber;

typedef enum {
	CLIENT_NEW, /* or left, and may come again */
	CLIENT_GREETING,
	CLIENT_SUBSCRIBING,
	CLIENT_READY,
	CLIENT_CLOSED,
} ClientState;

typedef struct Client {
	int             fd;
	ClientState     state;
	bool            is_full; /* the socket took not all of `out`: we wait until it does */
	uint16_t        n_subacks_due;
	unsigned        number;        /* in the client identifier */
	bool            is_persistent; /* its session is, at the next dialling */
	int64_t         dialed_ns;
	Loop           *loop;
	const Endpoint *endpoint;
	Publisher      *publisher;  /* it is one of these, */
	Subscriber     *subscriber; /* or neither: idle */
	Buf             in, out;
} Client;

void client_init(Client *client, unsigned number, const Endpoint *endpoint);

/* Starts to connect, and goes on by itself until it is CLIENT_READY. */
void client_dial(Client *client);

void client_on_event(Client *client, uint32_t events);

/* Sends what is in loop->out, now as far as possible and else later. */
void client_send(Client *client);

/* Says goodbye, and closes. */
void client_leave(Client *client);
void client_close(Client *client);
