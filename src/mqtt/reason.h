/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason.h - reason codes: where they are legal, what MQTT 3 says instead
 *
 * The codes are VmqReason of vibemq/types.h. Pure; nothing fails.
 */
#pragma once

#include "mqtt/packet.h"

/* May this byte stand as reason in a packet of this type (2.4), from that side? */
bool mqtt_reason_is_legal_from_client(MqttType type, uint8_t code);
bool mqtt_reason_is_legal_from_server(MqttType type, uint8_t code);

/*
 * The CONNACK return code of MQTT 3 for a reason, 0..5 (3.1.1, 3.2.2.3); -1 when there is none
 * and the connection is closed without a CONNACK.
 */
int mqtt_reason_to_return_code(VmqReason reason);

/* The reason for a return code of 0..5. */
VmqReason mqtt_reason_from_return_code(uint8_t code);

/* The byte that an MQTT 3 SUBACK has for a reason: 0, 1, 2 or 0x80. */
uint8_t mqtt_reason_to_suback_code(VmqReason reason);
