/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h - bytes into packets
 *
 * Pure: no allocation, no state. Every packet that comes out obeys the standard
 * as far as one packet alone can tell; what depends on the connection (packet
 * ids in use, topic aliases, what was negotiated) is the caller's.
 *
 * Memory:  the packet's slices borrow from `in`.
 * Fails:   MQTT_BAD with the reason that a DISCONNECT or CONNACK would give.
 */
#pragma once

#include "mqtt/packet.h"

typedef enum {
	MQTT_DECODED,
	MQTT_NEED_MORE,
	MQTT_BAD,
} MqttDecodeStatus;

/*
 * Decodes the first packet of `in`, as a server: what a client may send.
 * `protocol` is the connection's level; while it is 0, only a CONNECT is welcome.
 * `max_packet_size` is that of whole packets, fixed header included; 0: no limit.
 *
 * MQTT_DECODED    *out is the packet, *used how many bytes it took
 * MQTT_NEED_MORE  *used is how many more bytes must come, at least; the whole
 *                 rest of the packet once its fixed header is there
 * MQTT_BAD        *reason says why. What the fixed header alone betrays (type,
 *                 flags, size) is noticed before the body has come. out->type is
 *                 what the packet said it was; with MQTT_CONNECT, out->connect.level
 *                 is the level it asked for, or 0 if it did not get so far.
 */
MqttDecodeStatus mqtt_decode(VmqBytes in, uint8_t protocol, uint32_t max_packet_size,
                             MqttPacket *out, size_t *used, VmqReason *reason);

/* The same as a client: what a server may send. `protocol` must be known. */
MqttDecodeStatus mqtt_decode_from_server(VmqBytes in, uint8_t protocol, uint32_t max_packet_size,
                                         MqttPacket *out, size_t *used, VmqReason *reason);

/*
 * Looks ahead: if a whole PUBLISH is the first of `in`, gives its topic (empty with an alias) and
 * RETAIN, and moves `in` past it. Nothing else of it is looked at, or checked. False: it is none.
 */
bool mqtt_peek_publish(VmqBytes *in, VmqBytes *topic, bool *retain);
