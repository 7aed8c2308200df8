/* SPDX-License-Identifier: Apache-2.0 */
/* spares.c - blocks for bytes, kept for whoever writes next */
#include "base/spares.h"

Buf
spares_take(Spares *spares)
{
	if (spares->n == 0)
		return (Buf){0};

	Buf buf = spares->bufs[--spares->n];

	spares->bytes -= buf.room;
	return buf;
}

void
spares_give(Spares *spares, Buf *buf)
{
	if (buf->room == 0)
		return;
	if (spares->n == SPARES_MAX || buf->room > SPARE_MAX_BYTES ||
	    spares->bytes + buf->room > SPARES_MAX_BYTES) {
		buf_free(buf);
		return;
	}
	buf_clear(buf);
	spares->bytes += buf->room;
	spares->bufs[spares->n++] = *buf;
	*buf = (Buf){0};
}

void
spares_clear(Spares *spares)
{
	while (spares->n > 0)
		buf_free(&spares->bufs[--spares->n]);
	spares->bytes = 0;
}
