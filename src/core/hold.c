/* SPDX-License-Identifier: Apache-2.0 */
/* hold.c - clients that are not listened to for a while: public verbs of <vibemq/sink.h> */
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
void
vmq_publisher_hold(VmqAddr publisher)
{
	if (!vmq_addr_is_none(publisher))
		vmq_invoke(publisher.worker, on_hold, g_memdup2(&publisher, sizeof(publisher)), g_free);
}

void
vmq_publisher_release(VmqAddr publisher)
{
	if (!vmq_addr_is_none(publisher))
		vmq_invoke(publisher.worker, on_release, g_memdup2(&publisher, sizeof(publisher)),
		           g_free);
}
