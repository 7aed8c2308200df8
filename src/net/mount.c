/* SPDX-License-Identifier: Apache-2.0 */
/* mount.c - the prefix that a listener puts before the topics of its clients */
#include "net/mount.h"

#include "mqtt/topic.h"

bool
mount_topic(const char *mount, VmqBytes *topic, Buf *scratch)
{
	if (mount == NULL)
		return true;
	if (strlen(mount) + topic->size > UINT16_MAX)
		return false;
	buf_append(scratch, mount, strlen(mount));
	buf_append_bytes(scratch, *topic);
	*topic = buf_bytes(scratch);
	return true;
}

char *
mount_filter(const char *mount, VmqBytes filter)
{
	VmqBytes plain = filter;

	if (mount == NULL)
		return g_strndup((const char *) filter.data, filter.size);
	mqtt_filter_strip_share(&plain);
	if (strlen(mount) + filter.size > UINT16_MAX)
		return NULL;
	return g_strdup_printf("%.*s%s%.*s", (int) (filter.size - plain.size),
	                       (const char *) filter.data, mount, (int) plain.size,
	                       (const char *) plain.data);
}

bool
mount_strip(const char *mount, VmqBytes *topic)
{
	size_t size = mount != NULL ? strlen(mount) : 0;

	if (topic->size <= size || memcmp(topic->data, mount != NULL ? mount : "", size) != 0)
		return false;
	topic->data += size;
	topic->size -= size;
	return true;
}
