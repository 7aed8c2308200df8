/* SPDX-License-Identifier: Apache-2.0 */
/* encode_parts.h - what the files of the encoder share */
#pragma once

#include "mqtt/packet.h"
#include "mqtt/writer.h"

/* The fixed header: its first byte, and how long the rest will be. */
static inline void
encode_start(Buf *out, unsigned first, size_t remaining)
{
	g_assert(remaining <= MQTT_MAX_REMAINING);
	buf_append_u8(out, (uint8_t) first);
	writer_append_varint(out, (uint32_t) remaining);
}

/* The properties and their length; nothing before MQTT 5. */
static inline size_t
encode_block_size(uint8_t protocol, const MqttProperties *properties)
{
	size_t size = properties->raw.size;

	g_assert(size <= MQTT_MAX_REMAINING);
	return protocol == MQTT_V5 ? writer_varint_size((uint32_t) size) + size : 0;
}

static inline void
encode_block(Buf *out, uint8_t protocol, const MqttProperties *properties)
{
	if (protocol < MQTT_V5)
		return;
	writer_append_varint(out, (uint32_t) properties->raw.size);
	buf_append_bytes(out, properties->raw);
}
