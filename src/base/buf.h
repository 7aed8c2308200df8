/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - bytes that grow at one end and are eaten at the other
 *
 * Owner:   whoever embeds it; zero-initialised it is empty and owns nothing.
 * Threads: its owner's.
 * Memory:  grows by doubling; buf_free() gives all back and leaves it empty.
 * Fails:   never; out of memory aborts. Check sizes against limits before.
 */
#pragma once

#include <vibemq/types.h>

#include <string.h>

typedef struct {
	uint8_t *data; /* the block; the bytes are data[start] .. data[end - 1] */
	size_t   start, end, room;
} Buf;

/* Makes room for `more` bytes past the end: moves the bytes down, or grows the block. */
void buf_grow(Buf *buf, size_t more);
void buf_free(Buf *buf);

static inline size_t
buf_size(const Buf *buf)
{
	return buf->end - buf->start;
}

static inline VmqBytes
buf_bytes(const Buf *buf)
{
	return (VmqBytes){buf->data != NULL ? buf->data + buf->start : NULL, buf->end - buf->start};
}

/* Where to write up to `more` bytes; tell buf_added() how many it were. */
static inline uint8_t *
buf_reserve(Buf *buf, size_t more)
{
	if (buf->room - buf->end < more)
		buf_grow(buf, more);
	return buf->data + buf->end;
}

static inline void
buf_added(Buf *buf, size_t size)
{
	buf->end += size;
}

static inline void
buf_append(Buf *buf, const void *data, size_t size)
{
	if (size > 0)
		memcpy(buf_reserve(buf, size), data, size);
	buf->end += size;
}

static inline void
buf_append_bytes(Buf *buf, VmqBytes bytes)
{
	buf_append(buf, bytes.data, bytes.size);
}

static inline void
buf_append_u8(Buf *buf, uint8_t value)
{
	*buf_reserve(buf, 1) = value;
	buf->end++;
}

static inline void
buf_append_be16(Buf *buf, uint16_t value)
{
	uint8_t *at = buf_reserve(buf, 2);

	at[0] = (uint8_t) (value >> 8);
	at[1] = (uint8_t) value;
	buf->end += 2;
}

static inline void
buf_append_be32(Buf *buf, uint32_t value)
{
	buf_append_be16(buf, (uint16_t) (value >> 16));
	buf_append_be16(buf, (uint16_t) value);
}

/* Eats bytes at the start. */
static inline void
buf_consume(Buf *buf, size_t size)
{
	buf->start += size;
	if (buf->start == buf->end)
		buf->start = buf->end = 0;
}

static inline void
buf_clear(Buf *buf)
{
	buf->start = buf->end = 0;
}
