/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - the addresses at which clients come in, and on what terms */
#include "net/listener.h"

#include "net/acceptor.h"
#include "net/conn.h"
#include "run/worker.h"

#include <stdatomic.h>
#include <unistd.h>

#include <vibemq/log.h>

#define MAX_LISTENERS 32

struct Listener {
	int                      fd; /* -1: closed */
	const char              *mount;
	_Atomic(ListenerTerms *) terms;
	atomic_uint              n_conns;
};

static Listener listeners[MAX_LISTENERS];
static unsigned n_listeners;

/* Each worker's own, over the same sockets. */
static _Thread_local VmqAcceptor *acceptors[MAX_LISTENERS];

static void
on_stream(VmqStream *stream, void *listener)
{
	conn_accept(stream, listener);
}

bool
listeners_bind(const char *address, const char *mount, const ListenerTerms *terms, GError **error)
{
	g_assert(n_listeners < MAX_LISTENERS);
	Listener *listener = &listeners[n_listeners];

	listener->fd = acceptor_bind(address, error);
	if (listener->fd < 0)
		return false;
	listener->mount = g_intern_string(mount);
	atomic_store(&listener->terms, g_memdup2(terms, sizeof(*terms)));
	n_listeners++;
	return true;
}

static void
open_here(void *unused)
{
	(void) unused;
	for (unsigned i = 0; i < n_listeners; i++) {
		acceptors[i] = acceptor_new(listeners[i].fd, on_stream, &listeners[i]);
		if (vmq_worker_here() == 0)
			vmq_info("listener", "listening on %s",
			         vmq_acceptor_get_address(acceptors[i]));
	}
}

void
listeners_open(void)
{
	open_here(NULL);
	for (unsigned i = 1; i < vmq_workers(); i++)
		vmq_invoke(i, open_here, NULL, NULL);
}

void
listeners_set_terms(unsigned i, const ListenerTerms *terms)
{
	g_assert(i < n_listeners);
	vmq_retire(atomic_exchange(&listeners[i].terms, g_memdup2(terms, sizeof(*terms))), g_free);
}

static void
close_here(void *unused)
{
	(void) unused;
	for (unsigned i = 0; i < n_listeners; i++)
		g_clear_pointer(&acceptors[i], vmq_acceptor_free);
}

static void
close_sockets(void *unused)
{
	(void) unused;
	for (unsigned i = 0; i < n_listeners; i++) {
		if (listeners[i].fd >= 0)
			close(listeners[i].fd);
		listeners[i].fd = -1;
	}
}

void
listeners_close(void)
{
	close_here(NULL);
	for (unsigned i = 1; i < vmq_workers(); i++)
		vmq_invoke(i, close_here, NULL, NULL);
	vmq_retire(listeners, close_sockets); /* after all of them have */
}

void
listeners_free(void)
{
	close_sockets(NULL);
	while (n_listeners > 0)
		g_free(atomic_exchange(&listeners[--n_listeners].terms, NULL));
}

/* ---- one of them ---- */

const ListenerTerms *
listener_terms(const Listener *listener)
{
	return atomic_load_explicit(&listener->terms, memory_order_acquire);
}

const char *
listener_mount(const Listener *listener)
{
	return listener->mount;
}

unsigned
listener_count(Listener *listener, int step)
{
	return atomic_fetch_add_explicit(&listener->n_conns, (unsigned) step,
	                                 memory_order_relaxed) +
	       (unsigned) step;
}
