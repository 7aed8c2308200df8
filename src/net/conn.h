/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.h - speaks MQTT on one stream: handshake, legality, keep alive
 *
 * A conn's life is a line: it waits for CONNECT, asks the plugins, travels once to
 * the worker that its client id chooses, is attached to its session, and dies with
 * its socket.
 *
 * Owner:   itself; a worker keeps a list of its own.
 * Threads: the worker that accepted it, later the one of its client.
 */
#pragma once

#include "net/listener.h"

#include <vibemq/stream.h>
#include <vibemq/types.h>

/* Takes the stream over. Speaks CONNECT or is gone after the connect timeout. */
void conn_accept(VmqStream *stream, Listener *listener);

/*
 * This worker's connections: says goodbye to each, and to those that arrive later; the
 * wills are due.
 */
void conns_close_all(VmqReason reason);
