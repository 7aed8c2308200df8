/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acceptor.h - takes in connections at an address
 *
 * A listening socket may be in the epoll sets of several workers; each has an
 * acceptor of its own over it, and the kernel chooses which one is woken.
 *
 * Threads: the worker that made it.
 * Fails:   acceptor_bind() with the address and the kernel's reason.
 */
#pragma once

#include <vibemq/stream.h>

/* A bound, listening, non-blocking socket, or -1. */
int acceptor_bind(const char *address, GError **error);

/* Over a socket of acceptor_bind(), which stays the caller's. */
VmqAcceptor *acceptor_new(int fd, VmqAcceptFunc on_stream, void *data);
