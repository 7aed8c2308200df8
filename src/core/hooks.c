/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.c - asking and telling the plugins */
#include "core/hooks.h"

#include "run/worker.h"

#include <stdatomic.h>

#include <vibemq/broker.h>
#include <vibemq/log.h>

#define MAX_PLUGINS 32

typedef struct {
	const char *plugin;
	VmqHooks    hooks; /* padded with NULL when the plugin knows fewer */
	void       *state;
} Entry;

/* Workers turn before control has filled the table, and still turn when it closes it. */
typedef enum { HOOKS_FILLING, HOOKS_OPEN, HOOKS_CLOSED } Stage;

static _Atomic Stage stage;
static Entry         entries[MAX_PLUGINS]; /* others read them while the table is open */
static unsigned      n_entries;

/* Whether anybody listens: what is asked at every PUBLISH must cost nothing when nobody does. */
static struct {
	atomic_bool authorize, rewrite, filter_changed, retained_changed, auth;
} any;

/* How many there are to be asked now. */
static unsigned
n_open(void)
{
	return stage == HOOKS_OPEN ? n_entries : 0;
}

void
hooks_add(const char *plugin, const VmqHooks *hooks, void *state)
{
	g_assert(n_entries < MAX_PLUGINS && stage == HOOKS_FILLING);
	Entry *entry = &entries[n_entries++];

	*entry = (Entry){.plugin = plugin, .state = state};
	if (hooks != NULL)
		memcpy(&entry->hooks, hooks, MIN(hooks->size, sizeof(VmqHooks)));
	any.authorize |= entry->hooks.on_authorize != NULL;
	any.rewrite |= entry->hooks.on_rewrite != NULL;
	any.filter_changed |= entry->hooks.on_filter_changed != NULL;
	any.retained_changed |= entry->hooks.on_retained_changed != NULL;
	any.auth |= entry->hooks.on_auth != NULL;
}

void
hooks_open(void)
{
	stage = HOOKS_OPEN;
}

void
hooks_close(void)
{
	stage = HOOKS_CLOSED;
}

/* ---- gates ---- */

/* What a plugin left that has no opinion is nothing for the next one. */
static void
forget(VmqConnect *connect)
{
	if (connect->kept != NULL && connect->forget != NULL)
		connect->forget(connect->kept);
	g_clear_pointer(&connect->reply, g_bytes_unref);
	connect->kept = NULL;
	connect->forget = NULL;
	connect->username = NULL;
}

VmqVerdict
hooks_connect_after(VmqConnect *connect, VmqTicket ticket, int *asked)
{
	if (stage == HOOKS_CLOSED) {
		connect->reason = VMQ_REASON_SERVER_SHUTTING_DOWN;
		connect->why = "the broker stops";
		return VMQ_DENY;
	}
	for (int i = *asked + 1; i < (int) n_open(); i++) {
		if (entries[i].hooks.on_connect == NULL)
			continue;
		*asked = i;

		VmqVerdict verdict = entries[i].hooks.on_connect(entries[i].state, connect, ticket);

		if (verdict != VMQ_NEXT)
			return verdict;
		forget(connect);
	}
	*asked = (int) n_open();
	return VMQ_NEXT;
}

VmqVerdict
hooks_connect(VmqConnect *connect, VmqTicket ticket, int *asked)
{
	*asked = -1;
	return hooks_connect_after(connect, ticket, asked);
}

VmqVerdict
hooks_auth(VmqConnect *connect, VmqTicket ticket, int asked)
{
	if (asked < 0 || asked >= (int) n_open() || entries[asked].hooks.on_auth == NULL)
		return VMQ_DENY;
	return entries[asked].hooks.on_auth(entries[asked].state, connect, ticket);
}

const char *
hooks_plugin(int asked)
{
	return asked >= 0 && asked < (int) n_open() ? entries[asked].plugin : "-";
}

bool
hooks_has_auth(void)
{
	return any.auth;
}

bool
hooks_has_authorize(void)
{
	return any.authorize;
}

/* It has to be said at once: what is no answer here denies. */
static VmqVerdict
settle(const Entry *entry, VmqVerdict verdict)
{
	static VmqLogGate gate;
	unsigned          held;

	if (verdict == VMQ_ALLOW || verdict == VMQ_DENY)
		return verdict;
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_error("plugin",
		          "%s: on_authorize answers %d, which is no answer: denied "
		          "(%u more since the last such line)",
		          entry->plugin, (int) verdict, held);
	return VMQ_DENY;
}

VmqVerdict
hooks_authorize(VmqAccess *access)
{
	if (!any.authorize)
		return VMQ_ALLOW;
	for (unsigned i = 0; i < n_open(); i++) {
		if (entries[i].hooks.on_authorize == NULL)
			continue;

		VmqVerdict verdict = entries[i].hooks.on_authorize(entries[i].state, access);

		if (verdict != VMQ_NEXT)
			return settle(&entries[i], verdict);
	}
	return stage == HOOKS_CLOSED ? VMQ_DENY : VMQ_ALLOW;
}

/* ---- filter ---- */

bool
hooks_rewrite(VmqDraft *draft)
{
	if (!any.rewrite)
		return false;
	for (unsigned i = 0; i < n_open(); i++)
		if (entries[i].hooks.on_rewrite != NULL)
			entries[i].hooks.on_rewrite(entries[i].state, draft);
	return true;
}

/* ---- notices ---- */

#define TELL_ALL(hook_, ...)                                                       \
	for (unsigned i = 0; i < n_open(); i++)                                    \
		if (entries[i].hooks.hook_ != NULL)                                \
	entries[i].hooks.hook_(entries[i].state __VA_OPT__(, ) __VA_ARGS__)

void
hooks_started(void)
{
	TELL_ALL(on_started);
}

void
hooks_stopping(void)
{
	TELL_ALL(on_stopping);
}

void
hooks_reload(unsigned plugin, const VmqConf *conf)
{
	if (plugin < n_open() && entries[plugin].hooks.on_reload != NULL)
		entries[plugin].hooks.on_reload(entries[plugin].state, conf);
}

void
hooks_client_online(const VmqClient *client)
{
	TELL_ALL(on_client_online, client);
}

void
hooks_client_offline(const VmqClient *client, VmqReason reason)
{
	TELL_ALL(on_client_offline, client, reason);
}

void
hooks_retained_changed(VmqMsg *msg)
{
	if (any.retained_changed)
		TELL_ALL(on_retained_changed, msg);
}

static void
tell_filter_changed(void *data)
{
	g_autofree char *filter = data;

	TELL_ALL(on_filter_changed, filter);
}

void
hooks_filter_changed(const char *filter)
{
	size_t group_size;

	/* Until all plugins are there, one that wants to know may be still to come. */
	if (any.filter_changed || stage == HOOKS_FILLING)
		vmq_invoke(0, tell_filter_changed, g_strdup(vmq_filter_strip_share(filter, &group_size)),
		           g_free);
}
