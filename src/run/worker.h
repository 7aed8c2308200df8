/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a thread, its loop, its mailbox and all that lives there
 *
 * A worker turns: it takes what its epoll set has ready, runs the timers that are
 * due, and at the end of the turn does what the turn has put off: letters leave
 * in one batch per worker, each connection's bytes in one write, and what was
 * closed is freed. Many writes are spread over several turns. The epoll set is one
 * GSource in the worker's GMainContext, so any GLib code runs beside it. Where cores
 * are short, workers take turns: crew.h.
 *
 * Worker 0 is control: it runs on the main thread, and plugins live there.
 *
 * Threads: every function on the worker concerned, but for worker_post().
 */
#pragma once

#include <vibemq/loop.h>

#include "base/buf.h"
#include "run/agenda.h"
#include "run/mailbox.h"
#include "run/slots.h"
#include "run/timer.h"

#define WORKER_MAX 64

typedef struct Worker Worker;

/* ---- the workers as a whole; control only ---- */

void workers_start(unsigned n); /* makes worker 0 of the calling thread, and n - 1 threads */
void workers_stop(void);        /* the threads end after the turn they are in; letters are dropped */

/* Turns worker 0 until workers_quit(). */
void workers_run(void);
void workers_quit(void);

/* ---- the worker that one is ---- */

extern _Thread_local Worker *worker_self;

static inline Worker *
worker_here(void)
{
	g_assert(worker_self != NULL);
	return worker_self;
}

unsigned worker_index(const Worker *worker);
Slots   *worker_slots(Worker *worker);
int64_t  worker_now_ms(const Worker *worker); /* monotonic, as of when the turn last looked for events */

/* Bytes that the worker's streams read into; valid until the next stream reads. */
#define WORKER_SCRATCH_BYTES (256 * 1024)
uint8_t *worker_scratch(Worker *worker);

/* For bytes on their way out: base/spares.h. */
Buf  worker_take_buf(Worker *worker);
void worker_give_buf(Worker *worker, Buf *buf);

/* ---- file descriptors ---- */

typedef struct Watch Watch;
struct Watch {
	int      fd;
	uint32_t events; /* EPOLLIN and so on, as last set */
	void (*on_ready)(Watch *watch, uint32_t events);
};

void worker_watch(Worker *worker, Watch *watch, uint32_t events);
void worker_rewatch(Worker *worker, Watch *watch, uint32_t events); /* no call if nothing changes */
void worker_unwatch(Worker *worker, Watch *watch);                  /* on_ready comes no more */

/* ---- timers ---- */

void worker_set_timer(Worker *worker, Timer *timer, int64_t at_ms);
void worker_stop_timer(Worker *worker, Timer *timer);

/* ---- the end of the turn ---- */

/* Bytes to sockets leave a part at a time, see above; all else is done when the turn is over. */
void worker_at_turn_end(Worker *worker, TurnPhase phase, TurnTask *task);
void worker_cancel(Worker *worker, TurnTask *task);

/* ---- other workers ---- */

/* Any thread. */
void worker_post(unsigned to, Mail *mail);
