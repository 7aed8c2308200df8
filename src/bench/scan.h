/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - the packets that a broker sends under load, found in what was read
 *
 * Pure, and only as strict as it must be to be safe: whether a broker speaks
 * correct MQTT is for other tests. What comes seldom goes through mqtt/decode.h.
 *
 * Memory:  what comes out borrows from the bytes that were scanned.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	const uint8_t *body;
	uint32_t       size;  /* of the body */
	uint32_t       total; /* of the packet */
	uint8_t        first; /* type and flags */
} Frame;

typedef enum { SCAN_WHOLE, SCAN_MORE, SCAN_BAD } ScanStatus;

/* The first packet of `left` bytes. SCAN_MORE: it is not all there. */
static inline ScanStatus
scan_frame(const uint8_t *at, size_t left, Frame *frame)
{
	uint32_t size = 0;
	size_t   n = 1;

	do {
		if (n == left || left == 0)
			return SCAN_MORE;
		if (n == 5)
			return SCAN_BAD;
		size |= (uint32_t) (at[n] & 0x7F) << 7 * (n - 1);
	} while (at[n++] & 0x80);
	frame->first = at[0];
	frame->body = at + n;
	frame->size = size;
	frame->total = (uint32_t) n + size;
	return left - n >= size ? SCAN_WHOLE : SCAN_MORE;
}

static inline uint8_t
scan_type(const Frame *frame)
{
	return frame->first >> 4;
}

typedef struct {
	const uint8_t *topic, *payload;
	uint32_t       payload_size;
	uint16_t       topic_size, packet_id;
	uint8_t        qos;
} ScanPublish;

static inline uint16_t
scan_be16(const uint8_t *at)
{
	return (uint16_t) (at[0] << 8 | at[1]);
}

/* Where the properties at `at` end; UINT32_MAX if they are not well formed. */
static inline uint32_t
scan_properties(const uint8_t *body, uint32_t at, uint32_t left)
{
	uint32_t size = 0, shift = 0;
	uint8_t  byte;

	do {
		if (at == left || shift == 28)
			return UINT32_MAX;
		byte = body[at++];
		size |= (uint32_t) (byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80);
	return left - at >= size ? at + size : UINT32_MAX;
}

/* False: malformed. */
static inline bool
scan_publish(const Frame *frame, bool is_v5, ScanPublish *publish)
{
	uint32_t at;

	publish->qos = (frame->first >> 1) & 3;
	publish->packet_id = 0;
	if (frame->size < 2)
		return false;
	publish->topic_size = scan_be16(frame->body);
	publish->topic = frame->body + 2;
	at = 2u + publish->topic_size;
	if (publish->qos > 0) {
		if (frame->size < at + 2)
			return false;
		publish->packet_id = scan_be16(frame->body + at);
		at += 2;
	}
	if (at > frame->size)
		return false;
	if (is_v5)
		at = scan_properties(frame->body, at, frame->size);
	if (at == UINT32_MAX)
		return false;
	publish->payload = frame->body + at;
	publish->payload_size = frame->size - at;
	return true;
}

/* PUBACK, PUBREC, PUBREL and PUBCOMP; `reason` is 0 where none is sent. False: malformed. */
static inline bool
scan_ack(const Frame *frame, uint16_t *packet_id, uint8_t *reason)
{
	if (frame->size < 2)
		return false;
	*packet_id = scan_be16(frame->body);
	*reason = frame->size > 2 ? frame->body[2] : 0;
	return true;
}
