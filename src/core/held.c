/* SPDX-License-Identifier: Apache-2.0 */
/* held.c - clients that are not listened to for a while: public verbs of <vibemq/sink.h> */
#include <vibemq/loop.h>
#include <vibemq/sink.h>

#include "core/session.h"

static void
on_hold(void *data)
{
	g_autofree VmqAddr *publisher = data;
	Session            *session = session_find(*publisher);

	if (session != NULL)
		session_hold(session);
}

static void
on_release(void *data)
{
	g_autofree VmqAddr *publisher = data;
	Session            *session = session_find(*publisher);

	if (session != NULL)
		session_release(session);
}

/* Never at once: the publisher may be in the middle of a PUBLISH. */
static void
tell(VmqAddr publisher, VmqInvokeFunc what)
{
	vmq_invoke(publisher.worker, what, g_memdup2(&publisher, sizeof(publisher)), g_free);
}

/* ---- a set of them ---- */

struct VmqHeld {
	GHashTable *publishers; /* a set of VmqAddr */
};

static guint
hash_addr(gconstpointer key)
{
	const VmqAddr *addr = key;

	return (guint) (addr->slot << 6 ^ addr->worker ^ addr->generation << 16);
}

static gboolean
is_same(gconstpointer a, gconstpointer b)
{
	return vmq_addr_equal(*(const VmqAddr *) a, *(const VmqAddr *) b);
}

VmqHeld *
vmq_held_new(void)
{
	VmqHeld *held = g_new0(VmqHeld, 1);

	held->publishers = g_hash_table_new_full(hash_addr, is_same, g_free, NULL);
	return held;
}

void
vmq_held_free(VmqHeld *held)
{
	if (held == NULL)
		return;
	g_hash_table_unref(held->publishers);
	g_free(held);
}

bool
vmq_held_add(VmqHeld *held, VmqAddr publisher)
{
	if (vmq_addr_is_none(publisher) || vmq_held_has(held, publisher))
		return false;
	g_hash_table_add(held->publishers, g_memdup2(&publisher, sizeof(publisher)));
	tell(publisher, on_hold);
	return true;
}

bool
vmq_held_has(const VmqHeld *held, VmqAddr publisher)
{
	return g_hash_table_contains(held->publishers, &publisher);
}

bool
vmq_held_is_empty(const VmqHeld *held)
{
	return g_hash_table_size(held->publishers) == 0;
}

void
vmq_held_let_go(VmqHeld *held)
{
	GHashTableIter iter;
	gpointer       publisher;

	g_hash_table_iter_init(&iter, held->publishers);
	while (g_hash_table_iter_next(&iter, &publisher, NULL)) {
		tell(*(VmqAddr *) publisher, on_release);
		g_hash_table_iter_remove(&iter);
	}
}
