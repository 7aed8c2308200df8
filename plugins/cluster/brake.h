/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brake.h - holds those who publish faster than a peer takes
 *
 * A peer that reads, only not as fast as messages come, has its publishers held until
 * all that was kept for it has left: nothing is lost, and nobody waits who does not
 * publish to it. What is under way from one that is held is taken, however much waits
 * already: it is no more than had been read from it. A peer that reads nothing for
 * stuck_timeout is stuck: then they are released, and what is too much is dropped by
 * whoever counts it, until it reads again. So a frozen node delays a publisher once, and
 * shortly.
 *
 * Owner:   a peer.        Threads: control.
 * Memory:  brake_free() releases whom it holds.
 */
#pragma once

#include <vibemq/sink.h>

#define BRAKE_AT_BYTES (1024 * 1024) /* unsent, from which publishers are held */

typedef struct Brake Brake;

typedef uint64_t (*BrakeSent)(void *data); /* bytes that have left, ever */

/* TCP itself stops for 200 ms and more when a packet is lost: stuck_timeout_ms is longer. */
Brake *brake_new(unsigned stuck_timeout_ms, BrakeSent sent, void *data);
void   brake_free(Brake *brake); /* NULL is fine */

/* `msg` was just added to what waits, which is `unsent` bytes now. */
void brake_look(Brake *brake, const VmqMsg *msg, size_t unsent);

/* Whether the publisher of `msg` is held. */
bool brake_holds(const Brake *brake, const VmqMsg *msg);

/* All has left, or nobody is there any more to wait for. */
void brake_release(Brake *brake);
