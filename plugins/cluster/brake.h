/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brake.h - holds those who publish faster than a peer takes
 *
 * A peer that reads, only not as fast as messages come, has its publishers held until
 * all that was kept for it has left: nothing is lost, and nobody waits who does not
 * publish to it. A peer that reads nothing for BRAKE_PATIENCE_MS is stuck: then they
 * are released, and what is too much is dropped by whoever counts it, until it reads
 * again. So a frozen node delays a publisher once, and shortly.
 *
 * Owner:   a peer.        Threads: control.
 * Memory:  brake_free() releases whom it holds.
 */
#pragma once

#include <vibemq/sink.h>

#define BRAKE_AT_BYTES    (1024 * 1024) /* unsent, from which publishers are held */
#define BRAKE_PATIENCE_MS 500           /* a lost packet stops TCP for 200 ms and more */

typedef struct Brake Brake;

typedef uint64_t (*BrakeSent)(void *data); /* bytes that have left, ever */

Brake *brake_new(BrakeSent sent, void *data);
void   brake_free(Brake *brake); /* NULL is fine */

/* `msg` was just added to what waits, which is `unsent` bytes now. */
void brake_look(Brake *brake, const VmqMsg *msg, size_t unsent);

/* All has left, or nobody is there any more to wait for. */
void brake_release(Brake *brake);
