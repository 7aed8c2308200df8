/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - moves bytes over a socket, and knows no MQTT
 *
 * The public face is <vibemq/stream.h>; here is what connections of clients need
 * beyond it: writing in place, large payloads by reference, a close that lets the
 * last word arrive, and the move to another worker.
 *
 * Owner:   a conn, or a plugin's link.
 * Threads: one worker, except for the one move between two.
 * Memory:  what waits to be sent, and the beginning of what has not come whole.
 *          An idle stream owns neither.
 */
#pragma once

#include <vibemq/stream.h>

#include "base/buf.h"
#include "net/address.h"

#include <vibemq/metrics.h>

/* Over a connected, non-blocking socket, which it takes over. */
VmqStream *stream_new(int fd, const Address *peer);

/* Adds every byte that is sent to a counter, which lives for ever. */
void stream_count_sent(VmqStream *stream, const VmqCounter *counter);

/* Where to append bytes that leave at the end of this turn or one of the next. Valid until its end. */
Buf *stream_out(VmqStream *stream);

/* Asks memory for what is looked at when bytes are appended. */
void stream_expect(const VmqStream *stream);

/*
 * Asks for on_drained() once what waits has left. What vmq_stream_write() takes asks by itself; who
 * writes in place or by reference is mostly done with it, and to be called for each turn costs.
 */
void stream_want_drained(VmqStream *stream);

/* Sends `bytes` without a copy; release(owner) when they have left or never will. */
void stream_write_ref(VmqStream *stream, VmqBytes bytes, void *owner, GDestroyNotify release);

/*
 * Sends what is there, then says "end of stream" and waits for the other end's,
 * not longer than STREAM_LINGER_MS, throwing away what still comes; then closes
 * and frees itself. Without the wait the kernel answers late bytes with a reset,
 * which takes the goodbye away from under the client. No callback comes after.
 */
#define STREAM_LINGER_MS 1000
void stream_finish(VmqStream *stream);

/* The worker is about to end: streams that still finish on it are closed as they are. */
void streams_cut(void);

/* Between these two the stream belongs to no worker. */
void stream_leave(VmqStream *stream);
void stream_arrive(VmqStream *stream);
