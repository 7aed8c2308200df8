/* SPDX-License-Identifier: Apache-2.0 */
/* topic.c - topic names and topic filters (4.7, 4.8.2) */
#include "mqtt/topic.h"

#include "mqtt/packet.h"
#include "mqtt/utf8.h"

#include <string.h>

#define SHARE_PREFIX "$share/"
#define SHARE_PREFIX_SIZE (sizeof(SHARE_PREFIX) - 1)

#define ONES (~UINT64_C(0) / 0xFF) /* 0x0101… */
#define HIGHS (ONES * 0x80)        /* 0x8080… */

/* Not a zero, a wildcard or a byte that is not ASCII among the eight: what a topic mostly is. */
static bool
is_plain_word(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, 8);
	return ((word | (word - ONES) | ((word ^ ONES * '+') - ONES) |
	         ((word ^ ONES * '#') - ONES)) &
	        HIGHS) == 0;
}

/* The same of fewer than eight bytes. */
static bool
is_plain_end(VmqBytes bytes)
{
	uint8_t word[8];

	memset(word, 'a', sizeof(word));
	for (size_t i = 0; i < bytes.size; i++)
		word[i] = bytes.data[i];
	return is_plain_word(word);
}

static bool
has(VmqBytes bytes, char what)
{
	return bytes.size > 0 && memchr(bytes.data, what, bytes.size) != NULL;
}

bool
mqtt_topic_is_valid(VmqBytes topic)
{
	VmqBytes rest = topic;

	/* [MQTT-4.7.3-1], [MQTT-4.7.3-3] */
	if (topic.size == 0 || topic.size > MQTT_MAX_STRING)
		return false;
	while (rest.size >= 8 && is_plain_word(rest.data)) {
		rest.data += 8;
		rest.size -= 8;
	}
	if (rest.size < 8 && is_plain_end(rest))
		return true;
	/* [MQTT-4.7.3-2], [MQTT-1.5.4-1] and [MQTT-4.7.0-1] */
	return mqtt_utf8_is_valid(rest) && !has(rest, '+') && !has(rest, '#');
}

/* Takes the first level off `rest`, with its slash; false if that was the last. */
static bool
take_level(VmqBytes *rest, VmqBytes *level)
{
	const uint8_t *slash = rest->size > 0 ? memchr(rest->data, '/', rest->size) : NULL;

	if (slash == NULL) {
		*level = *rest;
		*rest = (VmqBytes){0};
		return false;
	}

	size_t size = (size_t) (slash - rest->data);

	*level = (VmqBytes){rest->data, size};
	*rest = (VmqBytes){slash + 1, rest->size - size - 1};
	return true;
}

static bool
is_plus(VmqBytes level)
{
	return level.size == 1 && level.data[0] == '+';
}

static bool
is_hash(VmqBytes level)
{
	return level.size == 1 && level.data[0] == '#';
}

static bool
wildcards_are_in_place(VmqBytes filter)
{
	VmqBytes level;
	bool     more;

	do {
		more = take_level(&filter, &level);
		/* "+" fills its level [MQTT-4.7.1-2], "#" too, and is the last [MQTT-4.7.1-1]. */
		if (has(level, '+') && !is_plus(level))
			return false;
		if (has(level, '#') && (!is_hash(level) || more))
			return false;
	} while (more);
	return true;
}

static bool
has_share_prefix(VmqBytes filter)
{
	return filter.size >= SHARE_PREFIX_SIZE &&
	       memcmp(filter.data, SHARE_PREFIX, SHARE_PREFIX_SIZE) == 0;
}

bool
mqtt_filter_is_valid(VmqBytes filter)
{
	/* [MQTT-4.7.3-1], [MQTT-4.7.3-3] */
	if (filter.size == 0 || filter.size > MQTT_MAX_STRING || !mqtt_utf8_is_valid(filter))
		return false;
	if (has_share_prefix(filter)) {
		VmqBytes name;

		filter.data += SHARE_PREFIX_SIZE;
		filter.size -= SHARE_PREFIX_SIZE;
		/* A name of one character at least [MQTT-4.8.2-1], without wildcards, a slash and
		 * a filter after it [MQTT-4.8.2-2]. */
		if (!take_level(&filter, &name) || name.size == 0 || has(name, '+') ||
		    has(name, '#') || filter.size == 0)
			return false;
	}
	return wildcards_are_in_place(filter);
}

bool
mqtt_filter_has_wildcard(VmqBytes filter)
{
	return has(filter, '+') || has(filter, '#');
}

unsigned
mqtt_topic_levels(VmqBytes topic)
{
	unsigned n = 1;

	for (size_t i = 0; i < topic.size; i++)
		n += topic.data[i] == '/';
	return n;
}

VmqBytes
mqtt_filter_strip_share(VmqBytes *filter)
{
	VmqBytes name;

	if (!has_share_prefix(*filter))
		return (VmqBytes){0};
	filter->data += SHARE_PREFIX_SIZE;
	filter->size -= SHARE_PREFIX_SIZE;
	take_level(filter, &name);
	return name;
}

static bool
starts_with_dollar(VmqBytes bytes)
{
	return bytes.size > 0 && bytes.data[0] == '$';
}

static bool
is_equal(VmqBytes a, VmqBytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool
mqtt_filter_matches(VmqBytes filter, VmqBytes topic)
{
	VmqBytes wanted, level;
	bool     more_filter, more_topic;

	/* [MQTT-4.7.2-1] */
	if (starts_with_dollar(topic) && !starts_with_dollar(filter))
		return false;
	do {
		more_filter = take_level(&filter, &wanted);
		if (is_hash(wanted))
			return true;
		more_topic = take_level(&topic, &level);
		if (!is_plus(wanted) && !is_equal(wanted, level))
			return false;
	} while (more_filter && more_topic);

	/* "#" stands for its parent too (4.7.1.2) */
	return more_filter ? is_hash(filter) : !more_topic;
}

/* Is it "+/+/…/#", with no more "+" than `n_sure`? */
static bool
has_any_end(VmqBytes filter, unsigned n_sure)
{
	VmqBytes level;

	for (; take_level(&filter, &level); n_sure--)
		if (!is_plus(level) || n_sure == 0)
			return false;
	return is_hash(level);
}

/*
 * How many levels must follow those before a "#": none, it stands for its parent too. But a topic
 * is not empty [MQTT-4.7.3-1]: what "#" and "/#" match has a first and a second level.
 */
static unsigned
count_sure_levels(VmqBytes filter, unsigned depth)
{
	return depth == 0 || (depth == 1 && filter.data[0] == '/') ? 1 : 0;
}

bool
mqtt_filter_contains(VmqBytes outer, VmqBytes inner)
{
	VmqBytes whole = inner, wanted, level;
	bool     more_outer, more_inner;
	unsigned depth = 0;

	/* [MQTT-4.7.2-1] */
	if (starts_with_dollar(inner) && !starts_with_dollar(outer))
		return false;
	do {
		VmqBytes here = outer;

		more_outer = take_level(&outer, &wanted);
		if (is_hash(wanted))
			return true;
		more_inner = take_level(&inner, &level);
		if (is_hash(level))
			return has_any_end(here, count_sure_levels(whole, depth));
		/* A "+" of inner equals no name: it stands for more than one. */
		if (!is_plus(wanted) && !is_equal(wanted, level))
			return false;
		depth++;
	} while (more_outer && more_inner);
	return more_outer ? is_hash(outer) : !more_inner;
}
