/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - bytes over a connected socket
 *
 * What is written during a turn leaves at its end in as few system calls as
 * possible, or, when many streams have something to write, at the end of one of
 * the next; what the socket does not take waits in the stream. Who writes asks
 * vmq_stream_get_unsent() and decides what to drop: the stream never does.
 *
 * Threads: the worker that made it. Callbacks come on that worker, never from
 *          inside a call of yours.
 * Memory:  on_closed is the last callback. vmq_stream_free() may be called at any
 *          time, inside a callback included, and calls nothing back.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqStream   VmqStream;
typedef struct VmqAcceptor VmqAcceptor;

typedef struct {
	/*
	 * `bytes` is all that has come and was not consumed. Returns how many of
	 * them it used up; the rest is offered again when more has come.
	 */
	size_t (*on_bytes)(void *data, VmqBytes bytes);
	void (*on_connected)(void *data);                  /* after vmq_stream_connect() */
	void (*on_closed)(void *data, const char *why);    /* "end of stream", "Connection refused" */
	void (*on_drained)(void *data);                    /* all that was written has left; may be NULL */
} VmqStreamEvents;

/* Numeric "192.0.2.1:7947" or "[2001:db8::7]:7947". NULL with `error` if it is not one. */
VMQ_EXPORT VmqStream *vmq_stream_connect(const char *address, const VmqStreamEvents *events, void *data,
                                         GError **error);

VMQ_EXPORT void        vmq_stream_write(VmqStream *stream, VmqBytes bytes); /* copies */
VMQ_EXPORT size_t      vmq_stream_get_unsent(const VmqStream *stream);
VMQ_EXPORT uint64_t    vmq_stream_get_sent(const VmqStream *stream); /* bytes taken by the socket, ever */
VMQ_EXPORT const char *vmq_stream_get_address(const VmqStream *stream);     /* the other end's */
VMQ_EXPORT void        vmq_stream_set_reading(VmqStream *stream, bool reading);
VMQ_EXPORT void        vmq_stream_flush(VmqStream *stream); /* now, as far as the socket takes it */
VMQ_EXPORT void        vmq_stream_free(VmqStream *stream);  /* closes; NULL is fine */

/* A new stream has no callbacks until vmq_stream_set_events() is called, which must be in on_stream. */
typedef void (*VmqAcceptFunc)(VmqStream *stream, void *data);

VMQ_EXPORT VmqAcceptor *vmq_acceptor_new(const char *address, VmqAcceptFunc on_stream, void *data,
                                         GError **error);
VMQ_EXPORT const char  *vmq_acceptor_get_address(const VmqAcceptor *acceptor); /* with the port bound */
VMQ_EXPORT void         vmq_acceptor_free(VmqAcceptor *acceptor);
VMQ_EXPORT void         vmq_stream_set_events(VmqStream *stream, const VmqStreamEvents *events, void *data);

G_END_DECLS
