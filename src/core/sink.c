/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - sinks of plugins: the public verbs of <vibemq/sink.h> */
#include <vibemq/sink.h>

#include "core/core.h"
#include "core/hooks.h"
#include "run/worker.h"

/* Remembers the filters, so that closing can take them all away. */
typedef struct {
	const VmqSinkOps *ops;
	void             *sink;
	GHashTable       *filters; /* a set */
} PluginSink;

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *grant)
{
	PluginSink *self = data;

	self->ops->deliver(self->sink, msg, grant);
}

static const VmqSinkOps plugin_sink_ops = {.deliver = on_deliver};

static PluginSink *
find(VmqAddr addr)
{
	const Slot *slot = slots_find(worker_slots(worker_here()), addr);

	g_assert(addr.worker == vmq_worker_here());
	return slot != NULL && slot->kind == &plugin_sink_ops ? slot->owner : NULL;
}

VmqAddr
vmq_sink_open(const VmqSinkOps *ops, void *sink)
{
	PluginSink *self = g_new0(PluginSink, 1);

	self->ops = ops;
	self->sink = sink;
	self->filters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return slots_add(worker_slots(worker_here()), self, &plugin_sink_ops);
}

static void
withdraw(VmqAddr sink, const char *filter)
{
	if (router_remove(core.router, filter, sink))
		hooks_filter_changed(filter);
}

void
vmq_sink_close(VmqAddr addr)
{
	PluginSink    *self = find(addr);
	GHashTableIter iter;
	gpointer       filter;

	if (self == NULL)
		return;
	g_hash_table_iter_init(&iter, self->filters);
	while (g_hash_table_iter_next(&iter, &filter, NULL))
		withdraw(addr, filter);
	router_want_retained(core.router, addr, false);
	slots_remove(worker_slots(worker_here()), addr);
	g_hash_table_unref(self->filters);
	g_free(self);
}

void
vmq_subscribe(VmqAddr addr, const char *filter, const VmqGrant *grant)
{
	PluginSink *self = find(addr);

	if (self == NULL)
		return;
	g_hash_table_add(self->filters, g_strdup(filter));
	if (router_add(core.router, filter, addr, grant))
		hooks_filter_changed(filter);
}

void
vmq_unsubscribe(VmqAddr addr, const char *filter)
{
	PluginSink *self = find(addr);

	if (self == NULL || !g_hash_table_contains(self->filters, filter))
		return;
	withdraw(addr, filter);
	g_hash_table_remove(self->filters, filter);
}

void
vmq_sink_want_retained(VmqAddr addr, bool wanted)
{
	if (find(addr) != NULL)
		router_want_retained(core.router, addr, wanted);
}
