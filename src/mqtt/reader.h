/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - takes the data types of MQTT off a slice (1.5)
 *
 * Memory:  borrows.
 * Fails:   false when the slice ends too soon, or on a bad length; what was read by then is
 *          undefined.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	const uint8_t *at, *end;
} Reader;

/* Nothing is added to a NULL, not even 0. */
static inline Reader
reader_of(VmqBytes bytes)
{
	return (Reader){bytes.data, bytes.size > 0 ? bytes.data + bytes.size : bytes.data};
}

static inline size_t
reader_left(const Reader *in)
{
	return (size_t) (in->end - in->at);
}

/* All that is left. */
static inline VmqBytes
reader_rest(const Reader *in)
{
	return (VmqBytes){in->at, reader_left(in)};
}

static inline bool
reader_u8(Reader *in, uint8_t *value)
{
	if (in->at == in->end)
		return false;
	*value = *in->at++;
	return true;
}

static inline bool
reader_be16(Reader *in, uint16_t *value)
{
	if (reader_left(in) < 2)
		return false;
	*value = (uint16_t) (in->at[0] << 8 | in->at[1]);
	in->at += 2;
	return true;
}

static inline bool
reader_be32(Reader *in, uint32_t *value)
{
	if (reader_left(in) < 4)
		return false;
	*value = (uint32_t) in->at[0] << 24 | (uint32_t) in->at[1] << 16 |
	         (uint32_t) in->at[2] << 8 | in->at[3];
	in->at += 4;
	return true;
}

/* Exactly `size` bytes. */
static inline bool
reader_take(Reader *in, size_t size, VmqBytes *value)
{
	if (reader_left(in) < size)
		return false;
	*value = (VmqBytes){in->at, size};
	in->at += size;
	return true;
}

/* Two bytes of length and as many bytes: Binary Data, or a string not yet checked. */
static inline bool
reader_binary(Reader *in, VmqBytes *value)
{
	uint16_t size;

	return reader_be16(in, &size) && reader_take(in, size, value);
}

/* In no more bytes than it needs [MQTT-1.5.5-1]. */
static inline bool
reader_varint(Reader *in, uint32_t *value)
{
	uint8_t byte;

	*value = 0;
	for (unsigned shift = 0; shift < 28; shift += 7) {
		if (!reader_u8(in, &byte))
			return false;
		*value |= (uint32_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return byte != 0 || shift == 0;
	}
	return false;
}
