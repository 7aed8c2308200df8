/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-topic.c - two filters and a topic, a newline between them
 *
 * When the outer filter contains the inner, it must match whatever the inner does.
 */
#include "mqtt/topic.h"
#include "mqtt/utf8.h"

#include <glib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static VmqBytes
take_line(VmqBytes *rest)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t         size = end != NULL ? (size_t) (end - rest->data) : rest->size;
	VmqBytes       line = {rest->data, size};

	rest->data += size + (end != NULL);
	rest->size -= size + (end != NULL);
	return line;
}

/* A filter without its share, which was valid, is valid itself. */
static bool
take_filter(VmqBytes *rest, VmqBytes *filter)
{
	*filter = take_line(rest);
	if (!mqtt_filter_is_valid(*filter))
		return false;
	g_assert(mqtt_utf8_is_valid(*filter));
	if (mqtt_filter_strip_share(filter).size > 0)
		g_assert(filter->size > 0);
	g_assert(mqtt_topic_levels(*filter) <= filter->size + 1);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	VmqBytes rest = {data, size}, outer, inner;

	if (!take_filter(&rest, &outer) || !take_filter(&rest, &inner))
		return 0;

	bool contains = mqtt_filter_contains(outer, inner);

	g_assert(mqtt_filter_contains(outer, outer) && mqtt_filter_contains(inner, inner));
	/* A filter without wildcards is a topic. */
	if (mqtt_topic_is_valid(inner))
		g_assert(contains == mqtt_filter_matches(outer, inner));
	if (!mqtt_topic_is_valid(rest))
		return 0;
	g_assert(mqtt_utf8_is_valid(rest) && !mqtt_filter_has_wildcard(rest));
	if (contains && mqtt_filter_matches(inner, rest))
		g_assert(mqtt_filter_matches(outer, rest));
	return 0;
}
