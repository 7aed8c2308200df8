/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload.h - what is in a message, so that it can be known again
 *
 * Eight bytes name it, eight are the time at which it was due, and the rest is a
 * piece of a pattern that the name chooses: bytes of another message in their
 * place are seen. All is in the byte order of this machine, for who writes reads.
 *
 *     1 bit    it is a probe, which is not counted
 *     23 bits  publisher
 *     40 bits  number of the message
 *
 * Memory:  a pattern serves any number of payloads up to its size, in any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAYLOAD_MIN 16u
#define PAYLOAD_MAX (16u << 20)
#define PAYLOAD_MAX_PUBLISHERS (1u << 23)
#define PAYLOAD_SEQ_BITS 40
#define PAYLOAD_SEQ_MASK ((UINT64_C(1) << PAYLOAD_SEQ_BITS) - 1)

typedef struct {
	uint8_t *bytes;
	size_t   size; /* of each payload */
} Pattern;

typedef struct {
	uint64_t seq;
	uint32_t publisher;
	bool     is_probe;
	int64_t  time_ns;
} PayloadHead;

void pattern_init(Pattern *pattern, size_t payload_size);
void pattern_clear(Pattern *pattern);

/* Where in the pattern a message's piece begins. */
static inline size_t
payload_offset(uint64_t name)
{
	return (size_t) ((name ^ (name >> PAYLOAD_SEQ_BITS) * 37) & 255);
}

static inline void
payload_write(uint8_t *at, const Pattern *pattern, const PayloadHead *head)
{
	uint64_t name = (uint64_t) head->is_probe << 63 |
	                (uint64_t) head->publisher << PAYLOAD_SEQ_BITS |
	                (head->seq & PAYLOAD_SEQ_MASK);

	memcpy(at, &name, sizeof name);
	memcpy(at + 8, &head->time_ns, sizeof head->time_ns);
	memcpy(at + PAYLOAD_MIN, pattern->bytes + payload_offset(name),
	       pattern->size - PAYLOAD_MIN);
}

/* False: it is none of ours, or not as it was. */
static inline bool
payload_read(const uint8_t *at, size_t size, const Pattern *pattern, PayloadHead *head)
{
	uint64_t name;

	if (size != pattern->size)
		return false;
	memcpy(&name, at, sizeof name);
	memcpy(&head->time_ns, at + 8, sizeof head->time_ns);
	head->is_probe = name >> 63;
	head->publisher = (uint32_t) (name >> PAYLOAD_SEQ_BITS) & (PAYLOAD_MAX_PUBLISHERS - 1);
	head->seq = name & PAYLOAD_SEQ_MASK;
	return memcmp(at + PAYLOAD_MIN, pattern->bytes + payload_offset(name),
	              size - PAYLOAD_MIN) == 0;
}
