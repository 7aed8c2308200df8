/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topic.h - topic names and topic filters (4.7, 4.8.2)
 *
 * A *plain* filter is one without "$share/NAME/" in front. Except for the two
 * _is_valid functions, everything here takes names and filters that are valid.
 *
 * Pure; nothing fails.
 */
#pragma once

#include <vibemq/types.h>

/* UTF-8, not empty, no wildcards, at most 65535 bytes [MQTT-4.7.3-1..3, MQTT-4.7.0-1]. */
bool mqtt_topic_is_valid(VmqBytes topic);

/* The same with wildcards in their places, shared filters included. */
bool mqtt_filter_is_valid(VmqBytes filter);

bool mqtt_filter_has_wildcard(VmqBytes filter);

/* "a/b" has 2 levels, "/" too. */
unsigned mqtt_topic_levels(VmqBytes topic);

/*
 * Takes "$share/NAME/" off the front of *filter. Returns NAME, or an empty slice
 * (data NULL) when the filter was plain.
 */
VmqBytes mqtt_filter_strip_share(VmqBytes *filter);

/* Does the plain filter match the topic? Wildcards in front do not match "$…" [MQTT-4.7.2-1]. */
bool mqtt_filter_matches(VmqBytes filter, VmqBytes topic);

/*
 * Does every topic that `inner` matches also match `outer`? Both plain. Exact: "a/#" contains
 * "a" and "a/+", "a/+" does not contain "a/#", "#" does not contain "$SYS/#".
 */
bool mqtt_filter_contains(VmqBytes outer, VmqBytes inner);
