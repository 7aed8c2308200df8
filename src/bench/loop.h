/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - a thread of the load: an epoll set, and all the clients in it
 *
 * A turn reads once from every client that is readable, and then lets those
 * publishers publish that may: those whose messages have arrived meanwhile.
 *
 * Owner:   the run.  Threads: its own, but for the inbox.
 */
#pragma once

#include "base/buf.h"
#include "bench/client.h"
#include "bench/histogram.h"
#include "bench/publisher.h"
#include "bench/tally.h"

typedef struct Run   Run;
typedef struct Phase Phase;

#define LOOP_READ_ROOM (256u << 10) /* of one read */
#define LOOP_BURST (256u << 10)     /* of one write */

struct Loop {
	Run        *run;
	unsigned    index;
	int         epoll_fd, wake_fd;
	uint8_t    *scratch; /* where is read; before it room for the start of a packet */
	size_t      headroom, read_room;
	Buf         out;                      /* what a client is about to say */
	GPtrArray  *to_dial;                  /* of all that ever were to be; */
	unsigned    n_dialed, n_dialing;      /* so many have been, and are in the making */
	Publisher  *ready_first, *ready_last; /* may publish, in the order in which they could */
	Publisher  *inbox;                    /* atomic: those that others have news for */
	bool       *to_wake;                  /* loops that were given news in this turn */
	Publisher **publishers;               /* of this loop */
	unsigned    n_publishers;
	uint64_t    n_due; /* calls that the rate has made, since the publishing started */
	int64_t     tick_ns;
	bool        is_measuring;
	Tally       tally, shown; /* `shown` is looked at by other threads */
	Histogram   latency;
};

void loop_init(Loop *loop, Run *run, unsigned index);
void loop_clear(Loop *loop);

/* In the next phase the client connects. */
void loop_dial(Loop *loop, Client *client);
void loop_add_publisher(Loop *loop, Publisher *publisher);

/* Turns until the phase is over. */
void loop_turn_until_over(Loop *loop, const Phase *phase);

/* Wakes it from another thread, or makes it go on looking. */
void loop_wake(Loop *loop);

/* The publisher may publish in this turn. */
void loop_set_ready(Loop *loop, Publisher *publisher);

/* How long after the start of the publishing the n-th of this loop's messages is due. */
int64_t loop_due_after_ns(const Loop *loop, uint64_t n);

/* Another loop's publisher has room in its window. */
void loop_tell(Loop *loop, Publisher *publisher);
