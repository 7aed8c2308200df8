/* SPDX-License-Identifier: Apache-2.0 */
/* greeting.c - what a CONNECT said, kept until its client is in */
#include "net/greeting.h"

#include "base/buf.h"
#include "core/client.h"
#include "core/core.h"
#include "core/sys.h"
#include "mqtt/property.h"
#include "mqtt/topic.h"
#include "net/mount.h"

#include <string.h>
#include <sys/random.h>

static char *
copy_text(VmqBytes bytes)
{
	return g_strndup((const char *) bytes.data, bytes.size);
}

static GBytes *
copy_bytes(VmqBytes bytes)
{
	return g_bytes_new(bytes.data, bytes.size);
}

/* A name nobody else has: 128 random bits. */
static char *
make_client_id(const char *prefix)
{
	uint8_t  random[16];
	GString *id = g_string_new(prefix);

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		g_error("getrandom failed");
	for (unsigned i = 0; i < sizeof(random); i++)
		g_string_append_printf(id, "%02x", random[i]);
	return g_string_free(id, FALSE);
}

/* ---- client id ---- */

/* Characters of a client id: the 3.1 of MQTT 3.1 wants a longer one rejected. */
#define MQTT_V3_1_ID_MOST 23

static VmqReason
read_client_id(Greeting *greeting, const MqttConnect *connect, const ListenerTerms *terms)
{
	if (connect->client_id.size > 0) {
		greeting->client_id = copy_text(connect->client_id);
		if (connect->level == MQTT_V3_1 &&
		    g_utf8_strlen(greeting->client_id, -1) > MQTT_V3_1_ID_MOST)
			return VMQ_REASON_CLIENT_ID_NOT_VALID;
		return VMQ_REASON_SUCCESS;
	}
	/* MQTT 3.1 has no empty ones; 3.1.1 only without a session to keep [MQTT-3.1.3-8]. */
	if (connect->level == 3 || (connect->level == 4 && !connect->clean_start) ||
	    !terms->allow_empty_client_id)
		return VMQ_REASON_CLIENT_ID_NOT_VALID;
	greeting->client_id = make_client_id(terms->id_prefix);
	greeting->assigned = true;
	return VMQ_REASON_SUCCESS;
}

/* ---- will ---- */

/* Of those that a client may publish to; then with the mount point. */
static bool
is_will_topic(VmqBytes *topic, const char *mount, Buf *scratch)
{
	return mqtt_topic_is_valid(*topic) &&
	       mqtt_topic_levels(*topic) <= core_limits()->max_topic_levels &&
	       mount_topic(mount, topic, scratch);
}

static VmqReason
read_will(Greeting *greeting, const MqttConnect *connect, const Listener *listener)
{
	const MqttProperties *properties = &connect->will.properties;
	Buf                   scratch = {0}, mounted = {0};

	if (!connect->has_will)
		return VMQ_REASON_SUCCESS;
	if (connect->will.qos > MIN(listener_terms(listener)->max_qos, core_limits()->max_qos))
		return VMQ_REASON_QOS_NOT_SUPPORTED; /* [MQTT-3.2.2-12] */
	if (connect->will.retain && !core_limits()->retained_available)
		return VMQ_REASON_RETAIN_NOT_SUPPORTED; /* [MQTT-3.2.2-13] */

	VmqDraft draft = VMQ_DRAFT_INIT;

	VmqClient client = {.id = greeting->client_id,
	                    .username = greeting->username,
	                    .protocol = connect->level};

	draft.client = &client;
	draft.topic = connect->will.topic;
	if (!is_will_topic(&draft.topic, listener_mount(listener), &mounted)) {
		buf_free(&mounted);
		return VMQ_REASON_TOPIC_NAME_INVALID;
	}
	if (sys_owns(draft.topic))
		return VMQ_REASON_NOT_AUTHORIZED;
	draft.payload = connect->will.payload;
	draft.qos = connect->will.qos;
	draft.retain = connect->will.retain;
	draft.properties = mqtt_properties_forwardable(properties->raw, &scratch);
	if (mqtt_has(properties, MQTT_PROP_MESSAGE_EXPIRY))
		draft.expiry_s = properties->expiry_s;
	greeting->will = will_new(&draft, mqtt_has(properties, MQTT_PROP_WILL_DELAY)
	                                          ? properties->will_delay_s
	                                          : 0);
	greeting->will_topic = copy_text(draft.topic);
	greeting->will_qos = connect->will.qos;
	greeting->will_retain = connect->will.retain;
	buf_free(&scratch);
	buf_free(&mounted);
	return VMQ_REASON_SUCCESS;
}

/* ---- properties ---- */

static void
read_terms(Greeting *greeting, const MqttConnect *connect)
{
	const MqttProperties *properties = &connect->properties;

	greeting->clean_start = connect->clean_start;
	greeting->keep_alive_s = connect->keep_alive_s;
	greeting->receive_maximum = UINT16_MAX;
	greeting->max_packet_size = UINT32_MAX;
	greeting->problem_info = true;
	if (connect->level < 5) {
		greeting->expiry_s = connect->clean_start ? 0 : UINT32_MAX;
		return;
	}
	if (mqtt_has(properties, MQTT_PROP_SESSION_EXPIRY))
		greeting->expiry_s = properties->session_expiry_s;
	if (mqtt_has(properties, MQTT_PROP_RECEIVE_MAXIMUM))
		greeting->receive_maximum = properties->receive_maximum;
	if (mqtt_has(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE))
		greeting->max_packet_size = properties->maximum_packet_size;
	if (mqtt_has(properties, MQTT_PROP_TOPIC_ALIAS_MAXIMUM))
		greeting->alias_maximum = properties->topic_alias_maximum;
	if (mqtt_has(properties, MQTT_PROP_REQUEST_PROBLEM_INFO))
		greeting->problem_info = properties->request_problem_info;
	if (mqtt_has(properties, MQTT_PROP_REQUEST_RESPONSE_INFO))
		greeting->response_info = properties->request_response_info;
	if (mqtt_has(properties, MQTT_PROP_AUTH_METHOD))
		greeting->auth_method = copy_text(properties->auth_method);
	if (mqtt_has(properties, MQTT_PROP_AUTH_DATA))
		greeting->auth_data = copy_bytes(properties->auth_data);
}

Greeting *
greeting_new(const MqttConnect *connect, const Listener *listener, VmqReason *reason)
{
	Greeting *greeting = g_new0(Greeting, 1);

	read_terms(greeting, connect);
	if (connect->has_username)
		greeting->username = copy_text(connect->username);
	if (connect->has_password)
		greeting->password = copy_bytes(connect->password);

	*reason = read_client_id(greeting, connect, listener_terms(listener));
	if (!vmq_reason_is_failure(*reason))
		*reason = read_will(greeting, connect, listener);
	if (vmq_reason_is_failure(*reason))
		g_clear_pointer(&greeting, greeting_free);
	return greeting;
}

static void
wipe(GBytes *secret)
{
	gsize       size;
	const void *data;

	if (secret == NULL)
		return;
	data = g_bytes_get_data(secret, &size);
	if (size > 0)
		explicit_bzero((void *) data, size);
	g_bytes_unref(secret);
}

void
greeting_free(Greeting *greeting)
{
	if (greeting == NULL)
		return;
	wipe(greeting->password);
	wipe(greeting->auth_data);
	g_clear_pointer(&greeting->reply, g_bytes_unref);
	will_free(greeting->will);
	g_free(greeting->client_id);
	g_free(greeting->username);
	g_free(greeting->will_topic);
	g_free(greeting->auth_method);
	g_free(greeting);
}
