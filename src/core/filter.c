/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - topics and filters as text: public verbs of <vibemq/broker.h> */
#include <vibemq/broker.h>

#include "mqtt/topic.h"

#include <string.h>

static VmqBytes
bytes_of(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

bool
vmq_topic_is_valid(VmqBytes topic)
{
	return mqtt_topic_is_valid(topic);
}

bool
vmq_filter_is_valid(const char *filter)
{
	return mqtt_filter_is_valid(bytes_of(filter));
}

const char *
vmq_filter_strip_share(const char *filter, size_t *group_size)
{
	VmqBytes plain = bytes_of(filter);

	*group_size = mqtt_filter_strip_share(&plain).size;
	return (const char *) plain.data;
}

bool
vmq_filter_matches(const char *filter, VmqBytes topic)
{
	return mqtt_filter_matches(bytes_of(filter), topic);
}
