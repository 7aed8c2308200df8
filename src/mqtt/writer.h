/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - the data types of MQTT that a Buf does not know (1.5)
 *
 * writer_put_* write where the caller has reserved room, and return where they stopped.
 */
#pragma once

#include "base/buf.h"
#include "mqtt/packet.h"

#define WRITER_VARINT_MOST 4 /* bytes */

static inline size_t
writer_varint_size(uint32_t value)
{
	return value < 1u << 7 ? 1 : value < 1u << 14 ? 2 : value < 1u << 21 ? 3 : 4;
}

/* In as few bytes as it needs [MQTT-1.5.5-1]. */
static inline uint8_t *
writer_put_varint(uint8_t *at, uint32_t value)
{
	g_assert(value <= MQTT_MAX_REMAINING);
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t) (value | 0x80);
	*at++ = (uint8_t) value;
	return at;
}

static inline uint8_t *
writer_put_be16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t) (value >> 8);
	at[1] = (uint8_t) value;
	return at + 2;
}

static inline uint8_t *
writer_put_be32(uint8_t *at, uint32_t value)
{
	return writer_put_be16(writer_put_be16(at, (uint16_t) (value >> 16)), (uint16_t) value);
}

static inline uint8_t *
writer_put_bytes(uint8_t *at, VmqBytes bytes)
{
	if (bytes.size > 0)
		memcpy(at, bytes.data, bytes.size);
	return at + bytes.size;
}

static inline void
writer_append_varint(Buf *out, uint32_t value)
{
	uint8_t *at = buf_reserve(out, WRITER_VARINT_MOST);

	buf_added(out, (size_t) (writer_put_varint(at, value) - at));
}

/* A string too: two bytes of length, and the bytes. */
static inline void
writer_append_binary(Buf *out, VmqBytes bytes)
{
	g_assert(bytes.size <= MQTT_MAX_STRING);
	buf_append_be16(out, (uint16_t) bytes.size);
	buf_append_bytes(out, bytes);
}
