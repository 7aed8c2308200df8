/* SPDX-License-Identifier: Apache-2.0 */
/* messages.h - messages that tests make of a few words */
#pragma once

#include "core/message.h"

#include <string.h>

static inline VmqBytes
bytes(const char *string)
{
	return (VmqBytes){(const uint8_t *) string, strlen(string)};
}

static inline VmqDraft
draft_of(const char *topic, const char *payload, uint8_t qos)
{
	VmqDraft draft = VMQ_DRAFT_INIT;

	draft.topic = bytes(topic);
	draft.payload = bytes(payload);
	draft.qos = qos;
	return draft;
}

static inline VmqMsg *
message_of(const char *topic, const char *payload, uint8_t qos)
{
	VmqDraft draft = draft_of(topic, payload, qos);

	return msg_freeze(&draft, 0);
}
