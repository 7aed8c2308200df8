/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c - what peers say over a link: bytes to meaning */
#include "frame.h"

#include "frame_priv.h"
#include "reader.h"

#include <string.h>

/* How a number may be written too long, which is taken but noted. */
typedef struct {
	Reader bytes;
	bool   canonical;
} In;

/* ---- parts ---- */

static void
refuse(In *in, const char *why)
{
	reader_refuse(&in->bytes, why);
}

static VmqBytes
take(In *in, uint64_t size)
{
	return reader_take(&in->bytes, size);
}

static uint64_t
take_le(In *in, size_t size)
{
	return reader_take_le(&in->bytes, size);
}

/* A number of at most `width` bytes; longer forms than needed are taken. */
static uint64_t
take_number(In *in, size_t width)
{
	uint8_t  mark = (uint8_t) take_le(in, 1);
	size_t   size = mark == MARK_U16 ? 2 : mark == MARK_U32 ? 4 : 8;
	uint64_t value;

	if (mark < MARK_U16)
		return mark;
	if (mark > MARK_U64 || size > width) {
		refuse(in, "a number wider than it may be");
		return 0;
	}
	value = take_le(in, size);
	in->canonical &= value > (size == 2 ? 250 : size == 4 ? UINT16_MAX : UINT32_MAX);
	return value;
}

static bool
take_bool(In *in)
{
	uint64_t value = take_le(in, 1);

	if (value > 1)
		refuse(in, "a truth value that is neither 0 nor 1");
	return value == 1;
}

static VmqBytes
take_bytes(In *in)
{
	return take(in, take_number(in, 8));
}

static VmqBytes
take_string(In *in)
{
	return reader_check_utf8(&in->bytes, take_bytes(in));
}

static FrameStrings
take_strings(In *in)
{
	FrameStrings strings = {.n = take_number(in, 8)};

	strings.rest = in->bytes.rest;
	for (uint64_t i = 0; i < strings.n && in->bytes.why == NULL; i++)
		take_string(in); /* each takes a byte at least: a lie about `n` ends soon */
	return strings;
}

/* ---- messages ---- */

static void
take_hello(In *in, Frame *frame)
{
	frame->node_id = take_string(in);
	frame->version = (uint8_t) take_le(in, 1);
}

static void
take_publish(In *in, Frame *frame)
{
	frame->topic = take_string(in);
	frame->payload = take_bytes(in);
	frame->qos = (uint8_t) take_le(in, 1);
	frame->retain = take_bool(in);
	frame->origin = take_string(in);
}

static void
take_message(In *in, Frame *frame)
{
	switch (frame->type) {
	case FRAME_HELLO:
	case FRAME_HELLO_ACK:
		take_hello(in, frame);
		break;
	case FRAME_PUBLISH:
		take_publish(in, frame);
		break;
	case FRAME_SUBSCRIPTION_SYNC:
		frame->added = take_strings(in);
		break;
	case FRAME_SUBSCRIPTION_UPDATE:
		frame->added = take_strings(in);
		frame->removed = take_strings(in);
		break;
	case FRAME_PING:
	case FRAME_PONG:
	case FRAME_GOODBYE:
	case FRAME_PUSHED:
		break;
	case FRAME_N_TYPES:
		refuse(in, "an unknown message");
		break;
	}
}

static FrameType
type_of(uint64_t variant)
{
	if (variant < FRAME_PUSHED)
		return (FrameType) variant;
	if (variant >= FRAME_FIRST_OURS && variant - FRAME_FIRST_OURS < FRAME_N_TYPES - FRAME_PUSHED)
		return (FrameType) (variant - FRAME_FIRST_OURS + FRAME_PUSHED);
	return FRAME_N_TYPES;
}

bool
frame_decode(VmqBytes body, Frame *frame, const char **why)
{
	In       in = {.bytes = {.rest = body}, .canonical = true};
	uint64_t variant = take_number(&in, 4);

	*frame = (Frame){.type = type_of(variant)};
	take_message(&in, frame);
	frame->canonical = in.canonical;
	frame->trailer = in.bytes.rest;
	*why = in.bytes.why;
	return in.bytes.why == NULL;
}

bool
frame_next_string(FrameStrings *strings, VmqBytes *string)
{
	In in = {.bytes = {.rest = strings->rest}};

	if (strings->n == 0)
		return false;
	*string = take_bytes(&in);
	strings->rest = in.bytes.rest;
	strings->n--;
	return in.bytes.why == NULL;
}

FrameStatus
frame_cut(VmqBytes in, size_t max_bytes, VmqBytes *body, size_t *used)
{
	if (in.size < FRAME_HEAD_BYTES)
		return FRAME_NEED_MORE;

	size_t size = (size_t) in.data[0] << 24 | (size_t) in.data[1] << 16 |
	              (size_t) in.data[2] << 8 | in.data[3];

	if (size > max_bytes)
		return FRAME_TOO_LARGE;
	if (in.size - FRAME_HEAD_BYTES < size)
		return FRAME_NEED_MORE;
	*body = (VmqBytes){in.data + FRAME_HEAD_BYTES, size};
	*used = FRAME_HEAD_BYTES + size;
	return FRAME_WHOLE;
}

/* ---- the trailer ---- */

static void
take_record(In *in, Trailer *out)
{
	uint8_t  type = (uint8_t) take_le(in, 1);
	VmqBytes value = take_bytes(in);
	In       inside = {.bytes = {.rest = value}};

	if (in->bytes.why != NULL)
		return;
	switch (type) { /* of those to come we know nothing, and pass them over */
	case TRAILER_CAPS:
		out->caps = value;
		break;
	case TRAILER_PROPERTIES:
		out->properties = value;
		break;
	case TRAILER_EXPIRY:
		out->expiry_s = (uint32_t) take_number(&inside, 4);
		break;
	case TRAILER_STAMP:
		out->stamp = take_le(&inside, 8);
		break;
	case TRAILER_FLAGS:
		out->flags = take_number(&inside, 8);
		break;
	}
	if (inside.bytes.why != NULL)
		refuse(in, inside.bytes.why);
}

bool
trailer_decode(VmqBytes bytes, Trailer *out)
{
	In in = {.bytes = {.rest = bytes}};

	*out = (Trailer) TRAILER_INIT;

	VmqBytes tag = take(&in, TRAILER_TAG_BYTES);

	if (in.bytes.why != NULL || memcmp(tag.data, TRAILER_TAG, TRAILER_TAG_BYTES) != 0)
		return false;
	while (in.bytes.rest.size > 0 && in.bytes.why == NULL)
		take_record(&in, out);
	if (in.bytes.why != NULL)
		*out = (Trailer) TRAILER_INIT;
	return in.bytes.why == NULL;
}
