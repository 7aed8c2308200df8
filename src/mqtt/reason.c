/* SPDX-License-Identifier: Apache-2.0 */
/* reason.c - reason codes: their names, where they are legal, what MQTT 3 says instead */
#include "mqtt/reason.h"

/* Bits of the packet types a reason may stand in. */
#define IN(type) (1u << MQTT_##type)
#define ACKS (IN(PUBACK) | IN(PUBREC))
#define RELS (IN(PUBREL) | IN(PUBCOMP))
#define SUBS (IN(SUBACK) | IN(UNSUBACK))

typedef struct {
	const char *name;
	uint16_t    client, server; /* in which packets it may come from that side */
} Reason;

/* The table of 2.4, with those of 3.2.2.2, 3.4.2.1, 3.9.3, 3.11.3, 3.14.2.1 and 3.15.2.1. */
static const Reason reasons[256] = {
	[VMQ_REASON_SUCCESS] = {"Success", ACKS | RELS | IN(DISCONNECT),
                                IN(CONNACK) | ACKS | RELS | SUBS | IN(DISCONNECT) | IN(AUTH)},
	[VMQ_REASON_GRANTED_QOS_1] = {"Granted QoS 1", 0, IN(SUBACK)},
	[VMQ_REASON_GRANTED_QOS_2] = {"Granted QoS 2", 0, IN(SUBACK)},
	[VMQ_REASON_DISCONNECT_WITH_WILL] = {"Disconnect with Will Message", IN(DISCONNECT), 0},
	[VMQ_REASON_NO_MATCHING_SUBSCRIBERS] = {"No matching subscribers", 0, ACKS},
	[VMQ_REASON_NO_SUBSCRIPTION_EXISTED] = {"No subscription existed", 0, IN(UNSUBACK)},
	[VMQ_REASON_CONTINUE_AUTHENTICATION] = {"Continue authentication", IN(AUTH), IN(AUTH)},
	[VMQ_REASON_RE_AUTHENTICATE] = {"Re-authenticate", IN(AUTH), 0},
	[VMQ_REASON_UNSPECIFIED] = {"Unspecified error", ACKS | IN(DISCONNECT),
                                    IN(CONNACK) | ACKS | SUBS | IN(DISCONNECT)},
	[VMQ_REASON_MALFORMED_PACKET] = {"Malformed Packet", IN(DISCONNECT),
                                         IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_PROTOCOL_ERROR] = {"Protocol Error", IN(DISCONNECT),
                                       IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_IMPLEMENTATION_SPECIFIC] = {"Implementation specific error",
                                                ACKS | IN(DISCONNECT),
                                                IN(CONNACK) | ACKS | SUBS | IN(DISCONNECT)},
	[VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION] = {"Unsupported Protocol Version", 0,
                                                     IN(CONNACK)},
	[VMQ_REASON_CLIENT_ID_NOT_VALID] = {"Client Identifier not valid", 0, IN(CONNACK)},
	[VMQ_REASON_BAD_USER_NAME_OR_PASSWORD] = {"Bad User Name or Password", 0, IN(CONNACK)},
	[VMQ_REASON_NOT_AUTHORIZED] = {"Not authorized", ACKS,
                                       IN(CONNACK) | ACKS | SUBS | IN(DISCONNECT)},
	[VMQ_REASON_SERVER_UNAVAILABLE] = {"Server unavailable", 0, IN(CONNACK)},
	[VMQ_REASON_SERVER_BUSY] = {"Server busy", 0, IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_BANNED] = {"Banned", 0, IN(CONNACK)},
	[VMQ_REASON_SERVER_SHUTTING_DOWN] = {"Server shutting down", 0, IN(DISCONNECT)},
	[VMQ_REASON_BAD_AUTHENTICATION_METHOD] = {"Bad authentication method", 0,
                                                  IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_KEEP_ALIVE_TIMEOUT] = {"Keep Alive timeout", 0, IN(DISCONNECT)},
	[VMQ_REASON_SESSION_TAKEN_OVER] = {"Session taken over", 0, IN(DISCONNECT)},
	[VMQ_REASON_TOPIC_FILTER_INVALID] = {"Topic Filter invalid", 0, SUBS | IN(DISCONNECT)},
	[VMQ_REASON_TOPIC_NAME_INVALID] = {"Topic Name invalid", ACKS | IN(DISCONNECT),
                                           IN(CONNACK) | ACKS | IN(DISCONNECT)},
	[VMQ_REASON_PACKET_ID_IN_USE] = {"Packet Identifier in use", ACKS, ACKS | SUBS},
	[VMQ_REASON_PACKET_ID_NOT_FOUND] = {"Packet Identifier not found", RELS, RELS},
	[VMQ_REASON_RECEIVE_MAXIMUM_EXCEEDED] = {"Receive Maximum exceeded", IN(DISCONNECT),
                                                 IN(DISCONNECT)},
	[VMQ_REASON_TOPIC_ALIAS_INVALID] = {"Topic Alias invalid", IN(DISCONNECT), IN(DISCONNECT)},
	[VMQ_REASON_PACKET_TOO_LARGE] = {"Packet too large", IN(DISCONNECT),
                                         IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_MESSAGE_RATE_TOO_HIGH] = {"Message rate too high", IN(DISCONNECT),
                                              IN(DISCONNECT)},
	[VMQ_REASON_QUOTA_EXCEEDED] = {"Quota exceeded", ACKS | IN(DISCONNECT),
                                       IN(CONNACK) | ACKS | IN(SUBACK) | IN(DISCONNECT)},
	[VMQ_REASON_ADMINISTRATIVE_ACTION] = {"Administrative action", IN(DISCONNECT),
                                              IN(DISCONNECT)},
	[VMQ_REASON_PAYLOAD_FORMAT_INVALID] = {"Payload format invalid", ACKS | IN(DISCONNECT),
                                               IN(CONNACK) | ACKS | IN(DISCONNECT)},
	[VMQ_REASON_RETAIN_NOT_SUPPORTED] = {"Retain not supported", 0,
                                             IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_QOS_NOT_SUPPORTED] = {"QoS not supported", 0, IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_USE_ANOTHER_SERVER] = {"Use another server", 0, IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_SERVER_MOVED] = {"Server moved", 0, IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED] = {"Shared Subscriptions not supported", 0,
                                                           IN(SUBACK) | IN(DISCONNECT)},
	[VMQ_REASON_CONNECTION_RATE_EXCEEDED] = {"Connection rate exceeded", 0,
                                                 IN(CONNACK) | IN(DISCONNECT)},
	[VMQ_REASON_MAXIMUM_CONNECT_TIME] = {"Maximum connect time", 0, IN(DISCONNECT)},
	[VMQ_REASON_SUBSCRIPTION_IDS_NOT_SUPPORTED] = {"Subscription Identifiers not supported", 0,
                                                       IN(SUBACK) | IN(DISCONNECT)},
	[VMQ_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED] = {"Wildcard Subscriptions not supported",
                                                             0, IN(SUBACK) | IN(DISCONNECT)},
};

const char *
vmq_reason_name(VmqReason reason)
{
	const char *name = (unsigned) reason < 256 ? reasons[reason].name : NULL;

	return name != NULL ? name : "Unknown reason";
}

bool
mqtt_reason_is_legal_from_client(MqttType type, uint8_t code)
{
	return (reasons[code].client >> type & 1) != 0;
}

bool
mqtt_reason_is_legal_from_server(MqttType type, uint8_t code)
{
	return (reasons[code].server >> type & 1) != 0;
}

/* MQTT 3.1.1, 3.2.2.3 */
int
mqtt_reason_to_return_code(VmqReason reason)
{
	static const int8_t codes[256] = {
		[VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION] = 1,
		[VMQ_REASON_CLIENT_ID_NOT_VALID] = 2,
		[VMQ_REASON_SERVER_UNAVAILABLE] = 3,
		[VMQ_REASON_SERVER_BUSY] = 3,
		[VMQ_REASON_SERVER_SHUTTING_DOWN] = 3,
		[VMQ_REASON_QUOTA_EXCEEDED] = 3,
		[VMQ_REASON_USE_ANOTHER_SERVER] = 3,
		[VMQ_REASON_SERVER_MOVED] = 3,
		[VMQ_REASON_CONNECTION_RATE_EXCEEDED] = 3,
		[VMQ_REASON_BAD_USER_NAME_OR_PASSWORD] = 4,
		[VMQ_REASON_NOT_AUTHORIZED] = 5,
		[VMQ_REASON_BANNED] = 5,
	};

	if (reason == VMQ_REASON_SUCCESS)
		return 0;
	return codes[(uint8_t) reason] > 0 ? codes[(uint8_t) reason] : -1;
}

VmqReason
mqtt_reason_from_return_code(uint8_t code)
{
	static const VmqReason meanings[] = {
		VMQ_REASON_SUCCESS,
		VMQ_REASON_UNSUPPORTED_PROTOCOL_VERSION,
		VMQ_REASON_CLIENT_ID_NOT_VALID,
		VMQ_REASON_SERVER_UNAVAILABLE,
		VMQ_REASON_BAD_USER_NAME_OR_PASSWORD,
		VMQ_REASON_NOT_AUTHORIZED,
	};

	return code < G_N_ELEMENTS(meanings) ? meanings[code] : VMQ_REASON_UNSPECIFIED;
}

/* MQTT 3.1.1, [MQTT-3.9.3-2] */
uint8_t
mqtt_reason_to_suback_code(VmqReason reason)
{
	return vmq_reason_is_failure(reason) ? 0x80 : (uint8_t) reason;
}
