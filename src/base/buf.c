/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c - bytes that grow at one end and are eaten at the other */
#include "base/buf.h"

#define BUF_LEAST 256

void
buf_grow(Buf *buf, size_t more)
{
	size_t size = buf_size(buf);

	/* Moving is cheaper than growing while at least half of the block is eaten. */
	if (buf->start >= size && buf->room - size >= more) {
		memmove(buf->data, buf->data + buf->start, size);
		buf->start = 0;
		buf->end = size;
		return;
	}

	size_t room = MAX(buf->room, BUF_LEAST);

	while (room - size < more)
		room *= 2;

	uint8_t *data = g_malloc(room);

	if (size > 0)
		memcpy(data, buf->data + buf->start, size);
	g_free(buf->data);
	*buf = (Buf){.data = data, .start = 0, .end = size, .room = room};
}

void
buf_free(Buf *buf)
{
	g_free(buf->data);
	*buf = (Buf){0};
}
