/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - what peers say over a link: VibeMQ's frames, and what ours add behind them
 *
 * A frame is a big-endian length and a message in bincode's variable-length form
 * (wire protocol 6.4 to 6.6). Behind the message, still inside the frame, nodes of
 * ours put a trailer, which VibeMQ does not look at (7.2, E3); frames that it does not
 * know are numbered from FRAME_FIRST_OURS on and go to nodes that say they know them (E4).
 *
 * Pure.
 * Memory: what is decoded borrows from the input. Writers append to `out`.
 */
#pragma once

#include <vibemq/message.h>
#include <vibemq/types.h>

#define FRAME_HEAD_BYTES 4

/* The largest frame that VibeMQ can take, its length included (6.10). */
#define FRAME_MAX_REFERENCE 65536

#define FRAME_PROTOCOL_VERSION 1

/* Numbers of the frames that only nodes of ours know. */
#define FRAME_FIRST_OURS 210

typedef enum {
	FRAME_HELLO,
	FRAME_HELLO_ACK,
	FRAME_PUBLISH,
	FRAME_SUBSCRIPTION_SYNC,
	FRAME_SUBSCRIPTION_UPDATE,
	FRAME_PING,
	FRAME_PONG,
	FRAME_GOODBYE,
	FRAME_PUSHED, /* of ours: all that is retained has been told (7.2, E4) */
	FRAME_N_TYPES,
} FrameType;

/* Strings one after the other, as they stand in the frame. */
typedef struct {
	VmqBytes rest;
	uint64_t n;
} FrameStrings;

typedef struct {
	FrameType    type;
	bool         canonical; /* every number in its shortest form */
	VmqBytes     node_id;   /* HELLO, HELLO_ACK */
	uint8_t      version;
	VmqBytes     topic, payload, origin; /* PUBLISH */
	uint8_t      qos;       /* as it stands there: above 2 means 2 (6.6) */
	bool         retain;
	FrameStrings added;     /* SUBSCRIPTION_SYNC (all), SUBSCRIPTION_UPDATE */
	FrameStrings removed;   /* SUBSCRIPTION_UPDATE */
	VmqBytes     trailer;   /* bytes behind the message */
} Frame;

/* ---- reading ---- */

typedef enum { FRAME_WHOLE, FRAME_NEED_MORE, FRAME_TOO_LARGE } FrameStatus;

/* Cuts the frame at the front of `in`: `body` without its length, `used` with it. */
FrameStatus frame_cut(VmqBytes in, size_t max_bytes, VmqBytes *body, size_t *used);

/* False with a static reason when it must be skipped. */
bool frame_decode(VmqBytes body, Frame *frame, const char **why);

/* The next string; false at the end. Checked by frame_decode(). */
bool frame_next_string(FrameStrings *strings, VmqBytes *string);

/* ---- the trailer ---- */

typedef enum {
	TRAILER_CAPS = 1,   /* ASCII words: what a node can do */
	TRAILER_PROPERTIES, /* MQTT 5 properties of a PUBLISH, as they stand there */
	TRAILER_EXPIRY,     /* seconds left, a varint */
	TRAILER_STAMP,      /* u64, little endian */
	TRAILER_FLAGS,      /* a varint of TrailerFlags */
} TrailerType;

typedef enum { TRAILER_REPLAY = 1 /* part of a full push of retained messages */ } TrailerFlags;

typedef struct {
	VmqBytes caps, properties;
	uint32_t expiry_s; /* or VMQ_NO_EXPIRY */
	VmqStamp stamp;    /* 0: none */
	uint64_t flags;
} Trailer;

#define TRAILER_INIT { .expiry_s = VMQ_NO_EXPIRY }

/* False when it is none of ours, or broken: then `out` is as if there were none. */
bool trailer_decode(VmqBytes bytes, Trailer *out);

/* ---- writing; `trailer` may be NULL ---- */

void frame_put_hello(GByteArray *out, FrameType type, const char *node_id, const Trailer *trailer);

typedef struct {
	VmqBytes    topic, payload;
	uint8_t     qos;
	bool        retain;
	const char *origin;
} FramePublish;

size_t frame_publish_size(const FramePublish *publish); /* without a trailer */
void   frame_put_publish(GByteArray *out, const FramePublish *publish, const Trailer *trailer);

void frame_put_sync(GByteArray *out, const GPtrArray *filters);
void frame_put_update(GByteArray *out, const GPtrArray *added, const GPtrArray *removed);
void frame_put_empty(GByteArray *out, FrameType type); /* PING, PONG, GOODBYE, PUSHED */
