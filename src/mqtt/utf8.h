/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - is it UTF-8? Pure; nothing fails. */
#pragma once

#include <vibemq/types.h>

/*
 * As MQTT wants its strings: well-formed (RFC 3629: nothing overlong, no
 * surrogates, up to U+10FFFF) and without U+0000 [MQTT-1.5.4-1, MQTT-1.5.4-2].
 */
bool mqtt_utf8_is_valid(VmqBytes string);

/* As a payload of Payload Format 1 must be: well-formed, and U+0000 is a character (3.3.2.3.2). */
bool mqtt_utf8_is_text(VmqBytes payload);
