/* SPDX-License-Identifier: Apache-2.0 */
/* conn_in.c - what an active client says */
#include "net/conn_priv.h"

#include "base/buf.h"
#include "base/metrics.h"
#include "core/core.h"
#include "core/memory.h"
#include "core/publish.h"
#include "core/router.h"
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt/property.h"
#include "mqtt/topic.h"
#include "net/mount.h"

#include <vibemq/log.h>

#include <string.h>

/* ---- PUBLISH ---- */

static VmqBytes
text_bytes(const char *text)
{
	return (VmqBytes){(const uint8_t *) text, strlen(text)};
}

static VmqReason
remember_alias(Conn *conn, uint16_t alias, VmqBytes topic)
{
	if (alias > conn->n_aliases) {
		conn->aliases = g_renew(char *, conn->aliases, alias);
		memset(conn->aliases + conn->n_aliases, 0,
		       (alias - conn->n_aliases) * sizeof(char *));
		conn->n_aliases = alias;
	}
	g_free(conn->aliases[alias - 1]);
	conn->aliases[alias - 1] = g_strndup((const char *) topic.data, topic.size);
	return VMQ_REASON_SUCCESS;
}

/* The topic that is meant, by name or by alias. */
static VmqReason
resolve_topic(Conn *conn, const MqttPublish *publish, VmqBytes *topic)
{
	const MqttProperties *properties = &publish->properties;

	*topic = publish->topic;
	if (!mqtt_has(properties, MQTT_PROP_TOPIC_ALIAS))
		return topic->size > 0 ? VMQ_REASON_SUCCESS : VMQ_REASON_PROTOCOL_ERROR;

	uint16_t alias = properties->topic_alias;

	if (alias == 0 || alias > conn->alias_maximum)
		return VMQ_REASON_TOPIC_ALIAS_INVALID; /* [MQTT-3.3.2-8], [MQTT-3.3.2-9] */
	if (topic->size > 0)
		return remember_alias(conn, alias, *topic);
	if (alias > conn->n_aliases || conn->aliases[alias - 1] == NULL)
		return VMQ_REASON_PROTOCOL_ERROR;
	*topic = text_bytes(conn->aliases[alias - 1]);
	return VMQ_REASON_SUCCESS;
}

static bool
is_too_deep(VmqBytes topic)
{
	uint32_t most = core_limits()->max_topic_levels;

	return topic.size >= most && mqtt_topic_levels(topic) > most;
}

static VmqReason
refuse_topic(const Conn *conn)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(core.counters.publishes_refused, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_info("conn",
		         "publish refused: client=%s at %s: limits.max_topic_levels (%u more since "
		         "the last such line)",
		         conn->client.id, conn->client.address, held);
	return VMQ_REASON_TOPIC_NAME_INVALID;
}

/* What ends the connection; what only this message cannot have is answered in its acknowledgement. */
static VmqReason
check_publish(Conn *conn, const MqttPublish *publish, VmqBytes *topic, Buf *scratch)
{
	if (mqtt_has(&publish->properties, MQTT_PROP_SUBSCRIPTION_ID))
		return VMQ_REASON_PROTOCOL_ERROR; /* [MQTT-3.3.4-6] */
	if (publish->qos > conn->max_qos)
		return VMQ_REASON_QOS_NOT_SUPPORTED; /* [MQTT-3.2.2-11] */
	if (publish->retain && !conn->may_retain)
		return VMQ_REASON_RETAIN_NOT_SUPPORTED; /* [MQTT-3.2.2-14] */

	VmqReason reason = resolve_topic(conn, publish, topic);

	if (vmq_reason_is_failure(reason))
		return reason;
	/* Its characters were checked when it was decoded. */
	if (is_too_deep(*topic))
		return refuse_topic(conn);
	return mount_topic(conn->mount, topic, scratch) ? VMQ_REASON_SUCCESS
	                                                : VMQ_REASON_TOPIC_NAME_INVALID;
}

static void
acknowledge(Conn *conn, const MqttPublish *publish, VmqReason reason)
{
	if (publish->qos == 0)
		return;
	conn_answer(conn, publish->qos == 1 ? MQTT_PUBACK : MQTT_PUBREC, publish->packet_id, reason,
	            reason == VMQ_REASON_QUOTA_EXCEEDED ? "no more messages can be retained"
	                                                : NULL);
}

VmqReason
conn_on_publish(Conn *conn, const MqttPacket *packet)
{
	const MqttPublish *publish = &packet->publish;
	Buf                scratch = {0}, mounted = {0};
	VmqBytes           topic;
	VmqReason          reason = check_publish(conn, publish, &topic, &mounted);

	metrics_add(core.counters.publishes_in, 1);
	metrics_add(core.counters.payload_in, (int64_t) publish->payload.size);
	if (vmq_reason_is_failure(reason))
		return reason;

	VmqDraft draft = {
		.topic = topic,
		.payload = publish->payload,
		.expiry_s = VMQ_NO_EXPIRY,
		.qos = publish->qos,
		.retain = publish->retain,
		.publisher = session_addr(conn->session),
		.client = &conn->client,
	};

	if (publish->properties.present != 0) {
		draft.properties = mqtt_properties_forwardable(publish->properties.raw, &scratch);
		if (mqtt_has(&publish->properties, MQTT_PROP_MESSAGE_EXPIRY))
			draft.expiry_s = publish->properties.expiry_s;
	}
	reason = session_recv_publish(conn->session, &draft, publish->packet_id);
	if (scratch.room > 0)
		buf_free(&scratch);
	if (mounted.room > 0)
		buf_free(&mounted);

	if (reason == VMQ_REASON_RECEIVE_MAXIMUM_EXCEEDED)
		return reason;
	acknowledge(conn, publish, reason);
	return VMQ_REASON_SUCCESS;
}

/*
 * Names are taken as they are: what is meant by an alias or behind a mount point is not known yet.
 * The first that cannot be expected ends it, for this is asked again with every packet until then.
 */
void
conn_look_ahead(const Conn *conn, VmqBytes bytes)
{
	VmqBytes topics[ROUTE_QUESTIONS_MAX];
	unsigned n = 0;
	bool     retain;

	if (conn->mount != NULL)
		return;
	while (n < G_N_ELEMENTS(topics) && mqtt_peek_publish(&bytes, &topics[n], &retain) &&
	       topics[n].size > 0 && !retain)
		n++;
	if (n > 1)
		publish_expect(topics, n);
}

/* ---- acknowledgements ---- */

/* An unknown identifier is no error: its session may have ended while the packet travelled. */
static VmqReason
tolerate(VmqReason reason)
{
	return reason == VMQ_REASON_PACKET_ID_NOT_FOUND ? VMQ_REASON_SUCCESS : reason;
}

VmqReason
conn_on_puback(Conn *conn, const MqttPacket *packet)
{
	return tolerate(session_recv_puback(conn->session, packet->ack.packet_id));
}

VmqReason
conn_on_pubrec(Conn *conn, const MqttPacket *packet)
{
	VmqReason reason =
		session_recv_pubrec(conn->session, packet->ack.packet_id, packet->ack.reason);

	if (reason == VMQ_REASON_PROTOCOL_ERROR)
		return reason;
	/* Of a failure the client says, there is nothing more to say [MQTT-4.3.3-4]. */
	if (!vmq_reason_is_failure(packet->ack.reason))
		conn_answer(conn, MQTT_PUBREL, packet->ack.packet_id, reason, NULL);
	return VMQ_REASON_SUCCESS;
}

VmqReason
conn_on_pubrel(Conn *conn, const MqttPacket *packet)
{
	VmqReason reason = session_recv_pubrel(conn->session, packet->ack.packet_id);

	conn_answer(conn, MQTT_PUBCOMP, packet->ack.packet_id, reason, NULL); /* [MQTT-4.3.3-11] */
	return VMQ_REASON_SUCCESS;
}

VmqReason
conn_on_pubcomp(Conn *conn, const MqttPacket *packet)
{
	return tolerate(session_recv_pubcomp(conn->session, packet->ack.packet_id));
}

/* ---- SUBSCRIBE and UNSUBSCRIBE ---- */

/* `limit` goes into the log, and as `*why` to the client. */
static VmqReason
refuse_filter(const Conn *conn, VmqReason reason, const char *limit, const char **why)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(core.counters.subscribes_refused, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_info("conn", "subscription refused: client=%s at %s: %s (%u more since the last such line)",
		         conn->client.id, conn->client.address, limit, held);
	*why = limit;
	return reason;
}

/* What this connection was told that there is not (MQTT 5.0, 3.2.2.3.11 to 3.2.2.3.13). */
static VmqReason
check_offer(const Conn *conn, VmqBytes filter)
{
	if (!conn->may_use_wildcards && mqtt_filter_has_wildcard(filter))
		return VMQ_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
	if (!conn->may_share && mqtt_filter_strip_share(&filter).size > 0)
		return VMQ_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
	return VMQ_REASON_SUCCESS;
}

static VmqReason
subscribe_one(Conn *conn, const MqttSubscription *asked, uint32_t id, const char **why)
{
	VmqReason        reason = check_offer(conn, asked->filter);
	g_autofree char *filter = mount_filter(conn->mount, asked->filter);
	SubscribeRequest request = {
		.filter = filter,
		.qos = MIN(asked->qos, conn->max_qos), /* [MQTT-3.2.2-10] */
		.flags = (uint8_t) ((asked->no_local ? VMQ_GRANT_NO_LOCAL : 0) |
	                            (asked->retain_as_published ? VMQ_GRANT_RETAIN_AS_PUBLISHED
	                                                        : 0)),
		.retain_handling = asked->retain_handling,
		.id = id,
	};

	if (vmq_reason_is_failure(reason))
		return reason;
	if (filter == NULL)
		return VMQ_REASON_TOPIC_FILTER_INVALID;
	if (is_too_deep(asked->filter))
		return refuse_filter(conn, VMQ_REASON_TOPIC_FILTER_INVALID,
		                     "limits.max_topic_levels", why);

	reason = session_subscribe(conn->session, &request);
	if (reason == VMQ_REASON_QUOTA_EXCEEDED)
		return refuse_filter(conn, reason,
		                     memory_is_short() ? "limits.memory_limit"
		                                       : "limits.max_subscriptions",
		                     why);
	return reason;
}

/*
 * A client of MQTT 5 that asks for what it was told there is not breaks the protocol; one
 * of MQTT 3 could not be told, and only the filter fails.
 */
static VmqReason
check_subscribe(const Conn *conn, const MqttSubscribe *subscribe)
{
	VmqBytes         rest = subscribe->filters;
	MqttSubscription asked;
	VmqReason        reason = VMQ_REASON_SUCCESS;

	if (conn->client.protocol < MQTT_V5)
		return VMQ_REASON_SUCCESS;
	if (!conn->may_number && mqtt_has(&subscribe->properties, MQTT_PROP_SUBSCRIPTION_ID))
		return VMQ_REASON_SUBSCRIPTION_IDS_NOT_SUPPORTED;
	while (!vmq_reason_is_failure(reason) &&
	       mqtt_subscribe_next(&rest, conn->client.protocol, &asked))
		reason = check_offer(conn, asked.filter);
	return reason;
}

VmqReason
conn_on_subscribe(Conn *conn, const MqttPacket *packet)
{
	const MqttSubscribe *subscribe = &packet->subscribe;
	MqttSubscription     asked;
	VmqBytes             rest = subscribe->filters;
	VmqReason            reason = check_subscribe(conn, subscribe);
	Buf                  reasons = {0};
	uint32_t             id = 0;
	const char          *why = NULL;

	if (vmq_reason_is_failure(reason))
		return reason;
	if (mqtt_has(&subscribe->properties, MQTT_PROP_SUBSCRIPTION_ID))
		id = subscribe->properties.subscription_id;
	while (mqtt_subscribe_next(&rest, conn->client.protocol, &asked)) {
		reason = subscribe_one(conn, &asked, id, &why);
		/* MQTT 3.1 has no way to say no, and wants a yes (3.8 there). */
		if (conn->client.protocol == MQTT_V3_1)
			reason = (VmqReason) asked.qos;
		buf_append_u8(&reasons, (uint8_t) reason);
	}

	conn_answer_filters(conn, MQTT_SUBACK, subscribe->packet_id, buf_bytes(&reasons),
	                    why); /* [MQTT-3.8.4-1] */
	buf_free(&reasons);
	session_pump(conn->session);
	return VMQ_REASON_SUCCESS;
}

VmqReason
conn_on_unsubscribe(Conn *conn, const MqttPacket *packet)
{
	const MqttUnsubscribe *unsubscribe = &packet->unsubscribe;
	VmqBytes               rest = unsubscribe->filters, asked;
	Buf                    reasons = {0};

	while (mqtt_unsubscribe_next(&rest, &asked)) {
		g_autofree char *filter = mount_filter(conn->mount, asked);
		VmqReason reason = filter != NULL ? session_unsubscribe(conn->session, filter)
		                                  : VMQ_REASON_NO_SUBSCRIPTION_EXISTED;

		buf_append_u8(&reasons, (uint8_t) reason);
	}
	conn_answer_filters(conn, MQTT_UNSUBACK, unsubscribe->packet_id, buf_bytes(&reasons),
	                    NULL); /* [MQTT-3.10.4-4] */
	buf_free(&reasons);
	return VMQ_REASON_SUCCESS;
}

/* ---- the rest ---- */

VmqReason
conn_on_pingreq(Conn *conn, const MqttPacket *packet)
{
	(void) packet;
	mqtt_encode_pingresp(conn_out(conn)); /* [MQTT-3.12.4-1] */
	return VMQ_REASON_SUCCESS;
}

VmqReason
conn_on_disconnect(Conn *conn, const MqttPacket *packet)
{
	const MqttDisconnect *disconnect = &packet->disconnect;

	if (conn->session != NULL &&
	    mqtt_has(&disconnect->properties, MQTT_PROP_SESSION_EXPIRY)) {
		/* A session that was to end with its connection cannot be made to stay [MQTT-3.1.2-23]. */
		if (session_get_expiry(conn->session) == 0 &&
		    disconnect->properties.session_expiry_s != 0)
			return VMQ_REASON_PROTOCOL_ERROR;
		session_set_expiry(conn->session, disconnect->properties.session_expiry_s);
	}
	conn->normal_end = disconnect->reason == VMQ_REASON_SUCCESS; /* [MQTT-3.14.4-3] */
	conn_close(conn, VMQ_REASON_SUCCESS, "disconnected by the client");
	return VMQ_REASON_SUCCESS;
}
