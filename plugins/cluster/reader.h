/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - takes bytes apart, and fails once and for all
 *
 * Who reads need not look after each step: after the first failure all else is zero
 * and empty, and `why` says what it was. Borrows from the input; never copies.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	VmqBytes    rest;
	const char *why; /* NULL: all is well */
} Reader;

static inline void
reader_refuse(Reader *in, const char *why)
{
	if (in->why == NULL)
		in->why = why;
	in->rest = (VmqBytes){0};
}

static inline VmqBytes
reader_take(Reader *in, uint64_t size)
{
	VmqBytes taken = {in->rest.data, (size_t) size};

	if (in->rest.size < size) {
		reader_refuse(in, "cut short");
		return (VmqBytes){0};
	}
	if (size == 0)
		return taken; /* perhaps of nothing at all, from which there is no moving on */
	in->rest.data += size;
	in->rest.size -= (size_t) size;
	return taken;
}

/* A little-endian number of `size` bytes, 1 to 8. */
static inline uint64_t
reader_take_le(Reader *in, size_t size)
{
	VmqBytes bytes = reader_take(in, size);
	uint64_t value = 0;

	for (size_t i = bytes.size; i-- > 0;)
		value = value << 8 | bytes.data[i];
	return value;
}

/* `text` if it is strict UTF-8, in which U+0000 is a letter like others. */
VmqBytes reader_check_utf8(Reader *in, VmqBytes text);
