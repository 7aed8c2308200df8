/* SPDX-License-Identifier: Apache-2.0 */
/* packet.c - the control packets' names */
#include "mqtt/packet.h"

const char *
mqtt_type_name(MqttType type)
{
	static const char *const names[MQTT_N_TYPES] = {
		[MQTT_CONNECT] = "CONNECT",   [MQTT_CONNACK] = "CONNACK",
		[MQTT_PUBLISH] = "PUBLISH",   [MQTT_PUBACK] = "PUBACK",
		[MQTT_PUBREC] = "PUBREC",     [MQTT_PUBREL] = "PUBREL",
		[MQTT_PUBCOMP] = "PUBCOMP",   [MQTT_SUBSCRIBE] = "SUBSCRIBE",
		[MQTT_SUBACK] = "SUBACK",     [MQTT_UNSUBSCRIBE] = "UNSUBSCRIBE",
		[MQTT_UNSUBACK] = "UNSUBACK", [MQTT_PINGREQ] = "PINGREQ",
		[MQTT_PINGRESP] = "PINGRESP", [MQTT_DISCONNECT] = "DISCONNECT",
		[MQTT_AUTH] = "AUTH",
	};

	return (unsigned) type < MQTT_N_TYPES && names[type] != NULL ? names[type] : "reserved";
}
