/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-frame.c - a stream from a peer: cut, decoded, its strings and its trailer read */
#include "frame.h"

#include <glib.h>

#define MAX_FRAME_BYTES (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_strings(FrameStrings strings)
{
	uint64_t n = strings.n;
	VmqBytes string;

	for (; n > 0; n--)
		g_assert(frame_next_string(&strings, &string));
	g_assert(!frame_next_string(&strings, &string));
}

/* What we write of it is what we read of it. */
static void
write_publish(const Frame *frame)
{
	g_autofree char *origin = g_strndup((const char *) frame->origin.data, frame->origin.size);
	g_autoptr(GByteArray) out = g_byte_array_new();
	FramePublish publish = {frame->topic, frame->payload, frame->qos, frame->retain, origin};
	Trailer      trailer;
	Frame        again;
	const char  *why;

	trailer_decode(frame->trailer, &trailer);
	frame_put_publish(out, &publish, &trailer);
	g_assert(frame_decode((VmqBytes){out->data + FRAME_HEAD_BYTES, out->len - FRAME_HEAD_BYTES},
	                      &again, &why));
	g_assert(again.topic.size == frame->topic.size && again.payload.size == frame->payload.size);
}

static void
read_frame(VmqBytes body)
{
	Frame       frame;
	const char *why;

	if (!frame_decode(body, &frame, &why)) {
		g_assert(why != NULL);
		return;
	}
	read_strings(frame.added);
	read_strings(frame.removed);
	if (frame.type == FRAME_PUBLISH)
		write_publish(&frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	VmqBytes in = {data, size}, body;
	size_t   used;

	while (frame_cut(in, MAX_FRAME_BYTES, &body, &used) == FRAME_WHOLE) {
		read_frame(body);
		in.data += used;
		in.size -= used;
	}
	read_frame(in); /* whatever is left, without a length */
	return 0;
}
