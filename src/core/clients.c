/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - the sessions of this worker, by client id */
#include "core/clients.h"

#include "run/worker.h"

static _Thread_local GHashTable *sessions; /* client id (the session's own) -> Session */

unsigned
clients_worker_for(const char *client_id)
{
	return g_str_hash(client_id) % vmq_workers();
}

static Session *
find(const char *client_id)
{
	if (sessions == NULL)
		sessions = g_hash_table_new(g_str_hash, g_str_equal);
	return g_hash_table_lookup(sessions, client_id);
}

Session *
clients_claim(const char *client_id, const char *mount, bool clean_start, bool *present)
{
	Session *session = find(client_id);

	if (session != NULL && session_is_attached(session)) {
		session_evict(session);
		session = find(client_id); /* it may have ended with its connection */
	}
	if (session != NULL && (clean_start || session_mount(session) != mount)) {
		session_end(session);
		session = NULL;
	}

	*present = session != NULL;
	if (session == NULL) {
		session = session_new(client_id, mount);
		g_hash_table_insert(sessions, (char *) session_client_id(session), session);
	}
	return session;
}

void
clients_forget(Session *session)
{
	if (sessions != NULL)
		g_hash_table_remove(sessions, session_client_id(session));
}

unsigned
clients_count(void)
{
	return sessions != NULL ? g_hash_table_size(sessions) : 0;
}

void
clients_clear(void)
{
	g_autoptr(GHashTable) all = g_steal_pointer(&sessions);
	GHashTableIter iter;
	gpointer       session;

	if (all == NULL)
		return;
	g_hash_table_iter_init(&iter, all);
	while (g_hash_table_iter_next(&iter, NULL, &session))
		session_free(session);
}
