/* SPDX-License-Identifier: Apache-2.0 */
/* decode_subscribe.c - SUBSCRIBE and UNSUBSCRIBE (3.8, 3.10) */
#include "mqtt/decode_parts.h"
#include "mqtt/topic.h"
#include "mqtt/utf8.h"

/* Subscription Options (3.8.3.1) */
#define OPTION_QOS 0x03
#define OPTION_NO_LOCAL 0x04
#define OPTION_RETAIN_AS_PUBLISHED 0x08
#define OPTION_RETAIN_HANDLING 0x30

static VmqReason
read_filter(Reader *in, VmqBytes *filter)
{
	if (!reader_binary(in, filter) || !mqtt_utf8_is_valid(*filter)) /* [MQTT-3.8.3-1] */
		return VMQ_REASON_MALFORMED_PACKET;
	return mqtt_filter_is_valid(*filter) ? VMQ_REASON_SUCCESS : VMQ_REASON_TOPIC_FILTER_INVALID;
}

static bool
is_shared(VmqBytes filter)
{
	return mqtt_filter_strip_share(&filter).size > 0;
}

static VmqReason
check_options(uint8_t options, VmqBytes filter, uint8_t protocol)
{
	uint8_t reserved = protocol == MQTT_V5 ? 0xC0 : 0xFC;

	/* [MQTT-3.8.3-5], [MQTT-3-8.3-4 of 3.1.1]; MQTT 3.1 calls them "not used" */
	if ((options & reserved) != 0 && protocol > MQTT_V3_1)
		return VMQ_REASON_MALFORMED_PACKET;
	/* "It is a Protocol Error if the Maximum QoS field has the value 3" (3.8.3.1) */
	if ((options & OPTION_QOS) == 3)
		return protocol == MQTT_V5 ? VMQ_REASON_PROTOCOL_ERROR
		                           : VMQ_REASON_MALFORMED_PACKET;
	if (protocol < MQTT_V5)
		return VMQ_REASON_SUCCESS;
	/* "It is a Protocol Error to send a Retain Handling value of 3" (3.8.3.1) */
	if ((options & OPTION_RETAIN_HANDLING) == OPTION_RETAIN_HANDLING)
		return VMQ_REASON_PROTOCOL_ERROR;
	if ((options & OPTION_NO_LOCAL) != 0 && is_shared(filter)) /* [MQTT-3.8.3-4] */
		return VMQ_REASON_PROTOCOL_ERROR;
	return VMQ_REASON_SUCCESS;
}

/* The packet identifier and the properties, up to the filters. */
static VmqReason
read_start(Reader *in, uint8_t protocol, MqttType type, MqttSubscribe *out)
{
	VmqReason reason = decode_packet_id(in, &out->packet_id);

	if (reason == VMQ_REASON_SUCCESS)
		reason = decode_properties(in, protocol, type, &out->properties);
	out->n_filters = 0;
	out->filters = reader_rest(in);
	return reason;
}

VmqReason
decode_subscribe(Reader *in, uint8_t protocol, MqttSubscribe *out)
{
	VmqReason reason = read_start(in, protocol, MQTT_SUBSCRIBE, out);
	VmqBytes  filter;
	uint8_t   options;

	for (; reason == VMQ_REASON_SUCCESS && reader_left(in) > 0; out->n_filters++) {
		reason = read_filter(in, &filter);
		if (reason == VMQ_REASON_SUCCESS)
			reason = reader_u8(in, &options) ? check_options(options, filter, protocol)
			                                 : VMQ_REASON_MALFORMED_PACKET;
	}
	if (reason == VMQ_REASON_SUCCESS && out->n_filters == 0) /* [MQTT-3.8.3-2] */
		reason = VMQ_REASON_PROTOCOL_ERROR;
	return reason;
}

VmqReason
decode_unsubscribe(Reader *in, uint8_t protocol, MqttUnsubscribe *out)
{
	VmqReason reason = read_start(in, protocol, MQTT_UNSUBSCRIBE, out);
	VmqBytes  filter;

	for (; reason == VMQ_REASON_SUCCESS && reader_left(in) > 0; out->n_filters++)
		reason = read_filter(in, &filter);               /* [MQTT-3.10.3-1] */
	if (reason == VMQ_REASON_SUCCESS && out->n_filters == 0) /* [MQTT-3.10.3-2] */
		reason = VMQ_REASON_PROTOCOL_ERROR;
	return reason;
}

bool
mqtt_subscribe_next(VmqBytes *rest, uint8_t protocol, MqttSubscription *subscription)
{
	Reader  in = reader_of(*rest);
	uint8_t options;

	if (!reader_binary(&in, &subscription->filter) || !reader_u8(&in, &options))
		return false;
	if (protocol < MQTT_V5)
		options &= OPTION_QOS;
	subscription->qos = options & OPTION_QOS;
	subscription->no_local = (options & OPTION_NO_LOCAL) != 0;
	subscription->retain_as_published = (options & OPTION_RETAIN_AS_PUBLISHED) != 0;
	subscription->retain_handling = (options & OPTION_RETAIN_HANDLING) >> 4;
	*rest = reader_rest(&in);
	return true;
}

bool
mqtt_unsubscribe_next(VmqBytes *rest, VmqBytes *filter)
{
	Reader in = reader_of(*rest);

	if (!reader_binary(&in, filter))
		return false;
	*rest = reader_rest(&in);
	return true;
}
