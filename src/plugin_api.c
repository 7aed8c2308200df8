/* SPDX-License-Identifier: Apache-2.0 */
/* plugin_api.c - the public verbs of <vibemq/broker.h> that no noun of the house has already */
#include <vibemq/broker.h>

#include "core/core.h"
#include "core/publish.h"
#include "core/sys.h"
#include "mqtt/topic.h"

VmqReason
vmq_publish(VmqHost *host, const VmqDraft *draft)
{
	(void) host;
	if (!mqtt_topic_is_valid(draft->topic))
		return VMQ_REASON_TOPIC_NAME_INVALID;
	return publish_submit(draft);
}

bool
vmq_has_local_interest(VmqHost *host, const char *filter)
{
	(void) host;
	return router_has_local(core.router, filter);
}

void
vmq_local_filters_foreach(VmqHost *host, VmqFilterEach each, void *data)
{
	(void) host;
	router_local_foreach(core.router, each, data);
}

void
vmq_retained_foreach(VmqHost *host, const char *filter, VmqMsgEach each, void *data)
{
	g_autoptr(GPtrArray) messages = retained_collect(core.retained, filter, RETAINED_ALL);

	(void) host;
	for (guint i = 0; i < messages->len; i++)
		if (filter != NULL || !sys_owns(vmq_msg_get_topic(messages->pdata[i])))
			each(messages->pdata[i], data);
}

void
vmq_set_node_id(VmqHost *host, const char *node_id)
{
	(void) host;
	core.node_id = g_intern_string(node_id);
}

uint32_t
vmq_max_packet_size(VmqHost *host)
{
	(void) host;
	return core_limits()->max_packet_size;
}
