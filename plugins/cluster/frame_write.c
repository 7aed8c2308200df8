/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_write.c - what peers say over a link: meaning to bytes
 *
 * A frame is given room for the most that it can take, filled through a plain
 * pointer, and then cut to size: one bounds check a frame, not one a byte.
 */
#include "frame.h"

#include "frame_priv.h"

#include <string.h>

/* The most that a number takes, its marker included. */
#define NUMBER_BYTES 9

/* ---- parts: each writes at `at` and returns where to go on ---- */

static size_t
number_size(uint64_t value)
{
	return value <= 250 ? 1 : value <= UINT16_MAX ? 3 : value <= UINT32_MAX ? 5 : 9;
}

static uint8_t *
put_u8(uint8_t *at, uint8_t value)
{
	*at = value;
	return at + 1;
}

static uint8_t *
put_le(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t) (value >> 8 * i);
	return at + size;
}

static uint8_t *
put_number(uint8_t *at, uint64_t value)
{
	size_t size = number_size(value);

	if (size == 1)
		return put_u8(at, (uint8_t) value);
	at = put_u8(at, size == 3 ? MARK_U16 : size == 5 ? MARK_U32 : MARK_U64);
	return put_le(at, value, size - 1);
}

static uint8_t *
put_bytes(uint8_t *at, VmqBytes bytes)
{
	at = put_number(at, bytes.size);
	if (bytes.size > 0)
		memcpy(at, bytes.data, bytes.size);
	return at + bytes.size;
}

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

/* ---- strings ---- */

static size_t
strings_room(const GPtrArray *strings)
{
	size_t room = NUMBER_BYTES;

	for (guint i = 0; strings != NULL && i < strings->len; i++)
		room += NUMBER_BYTES + strlen(strings->pdata[i]);
	return room;
}

static uint8_t *
put_strings(uint8_t *at, const GPtrArray *strings)
{
	at = put_number(at, strings != NULL ? strings->len : 0);
	for (guint i = 0; strings != NULL && i < strings->len; i++)
		at = put_bytes(at, text_bytes(strings->pdata[i]));
	return at;
}

/* ---- the trailer ---- */

static size_t
trailer_room(const Trailer *trailer)
{
	/* Five records, each with a type and a number for its length. */
	return trailer == NULL ? 0
	                       : TRAILER_TAG_BYTES + 5 * (1 + 2 * NUMBER_BYTES) +
	                                 trailer->caps.size + trailer->properties.size;
}

static uint8_t *
put_trailer(uint8_t *at, const Trailer *trailer)
{
	if (trailer == NULL)
		return at;
	memcpy(at, TRAILER_TAG, TRAILER_TAG_BYTES);
	at += TRAILER_TAG_BYTES;
	if (trailer->caps.size > 0)
		at = put_bytes(put_u8(at, TRAILER_CAPS), trailer->caps);
	if (trailer->properties.size > 0)
		at = put_bytes(put_u8(at, TRAILER_PROPERTIES), trailer->properties);
	if (trailer->expiry_s != VMQ_NO_EXPIRY) {
		at = put_number(put_u8(at, TRAILER_EXPIRY), number_size(trailer->expiry_s));
		at = put_number(at, trailer->expiry_s);
	}
	if (trailer->stamp != 0) {
		at = put_number(put_u8(at, TRAILER_STAMP), 8);
		at = put_le(at, trailer->stamp, 8);
	}
	if (trailer->flags != 0) {
		at = put_number(put_u8(at, TRAILER_FLAGS), number_size(trailer->flags));
		at = put_number(at, trailer->flags);
	}
	return at;
}

/* ---- frames ---- */

static uint8_t
number_of(FrameType type)
{
	return (uint8_t) (type < FRAME_PUSHED ? type : type - FRAME_PUSHED + FRAME_FIRST_OURS);
}

/* Makes room for a length, a type and `room` bytes; returns where those begin. */
static uint8_t *
begin(GByteArray *out, FrameType type, size_t room, guint *start)
{
	*start = out->len;
	g_byte_array_set_size(out, out->len + FRAME_HEAD_BYTES + 1 + (guint) room);
	return put_u8(out->data + *start + FRAME_HEAD_BYTES, number_of(type));
}

static void
end(GByteArray *out, guint start, const uint8_t *at)
{
	guint    used = (guint) (at - (out->data + start));
	uint32_t size = GUINT32_TO_BE(used - FRAME_HEAD_BYTES);

	memcpy(out->data + start, &size, FRAME_HEAD_BYTES);
	g_byte_array_set_size(out, start + used);
}

void
frame_put_hello(GByteArray *out, FrameType type, const char *node_id, const Trailer *trailer)
{
	guint    start;
	uint8_t *at = begin(out, type, NUMBER_BYTES + strlen(node_id) + 1 + trailer_room(trailer),
	                    &start);

	at = put_bytes(at, text_bytes(node_id));
	at = put_u8(at, FRAME_PROTOCOL_VERSION);
	end(out, start, put_trailer(at, trailer));
}

size_t
frame_publish_size(const FramePublish *publish)
{
	size_t origin = strlen(publish->origin);

	return FRAME_HEAD_BYTES + 1 + number_size(publish->topic.size) + publish->topic.size +
	       number_size(publish->payload.size) + publish->payload.size + 2 + number_size(origin) +
	       origin;
}

void
frame_put_publish(GByteArray *out, const FramePublish *publish, const Trailer *trailer)
{
	guint    start;
	uint8_t *at = begin(out, FRAME_PUBLISH,
	                    frame_publish_size(publish) + trailer_room(trailer), &start);

	at = put_bytes(at, publish->topic);
	at = put_bytes(at, publish->payload);
	at = put_u8(at, publish->qos);
	at = put_u8(at, publish->retain);
	at = put_bytes(at, text_bytes(publish->origin));
	end(out, start, put_trailer(at, trailer));
}

void
frame_put_sync(GByteArray *out, const GPtrArray *filters)
{
	guint    start;
	uint8_t *at = begin(out, FRAME_SUBSCRIPTION_SYNC, strings_room(filters), &start);

	end(out, start, put_strings(at, filters));
}

void
frame_put_update(GByteArray *out, const GPtrArray *added, const GPtrArray *removed)
{
	guint    start;
	uint8_t *at = begin(out, FRAME_SUBSCRIPTION_UPDATE,
	                    strings_room(added) + strings_room(removed), &start);

	end(out, start, put_strings(put_strings(at, added), removed));
}

void
frame_put_empty(GByteArray *out, FrameType type)
{
	guint    start;
	uint8_t *at = begin(out, type, 0, &start);

	end(out, start, at);
}
