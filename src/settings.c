/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - the broker's own options */
#include "settings.h"

#include "conf/conf.h"
#include "conf/node.h"
#include "mqtt/packet.h"
#include "mqtt/topic.h"
#include "mqtt/utf8.h"

#include <string.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const char *const levels[] = {"error", "warn", "info", "debug", NULL};
static const char *const drop_policies[] = {"newest", "oldest", "disconnect", NULL};

static const VmqOption listener_options[] = {
	{.key = "address", .type = VMQ_OPTION_ADDRESS, .required = true,
         .help = "host:port to accept MQTT over TCP at; port 0 lets the system choose"},
	{.key = "protocol_versions", .type = VMQ_OPTION_LIST, .reload = true,
         .help = "versions of MQTT that are spoken: any of 3.1, 3.1.1 and 5.0; all if left out"},
	{.key = "max_connections", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 10000000, .reload = true, .help = "connections at this listener; 0: no bound"},
	{.key = "max_qos", .type = VMQ_OPTION_INT, .fallback = "2", .min = 0, .max = 2,
         .reload = true, .help = "the highest QoS of its clients"},
	{.key = "topic_alias_maximum", .type = VMQ_OPTION_INT, .fallback = "65535", .min = 0,
         .max = 65535, .reload = true, .help = "topic aliases from each of its clients"},
	{.key = "topic_alias_maximum_out", .type = VMQ_OPTION_INT, .fallback = "65535", .min = 0,
         .max = 65535, .reload = true, .help = "topic aliases towards each of its clients"},
	{.key = "mount_point", .type = VMQ_OPTION_STRING,
         .help = "what is put before the topics of its clients, \"tenant1/\""},
	{.key = "allow_anonymous", .type = VMQ_OPTION_BOOL, .fallback = "true", .reload = true,
         .help = "whether clients without a user name get as far as the plugins"},
	{.key = "allow_empty_client_id", .type = VMQ_OPTION_BOOL, .fallback = "true",
         .reload = true, .help = "whether clients without a client id are given one"},
	{.key = "assigned_id_prefix", .type = VMQ_OPTION_STRING, .fallback = "auto-",
         .reload = true, .help = "what a client id that was given begins with"},
	VMQ_OPTIONS_END,
};

static const VmqOption log_options[] = {
	{.key = "level", .type = VMQ_OPTION_ENUM, .choices = levels, .fallback = "info",
         .reload = true, .help = "the least important lines to write"},
	VMQ_OPTIONS_END,
};

static const VmqOption limits_options[] = {
	{.key = "max_packet_size", .type = VMQ_OPTION_SIZE, .fallback = "1MiB", .min = KIB,
         .max = 256 * MIB, .reload = true, .help = "the largest packet taken from a client"},
	{.key = "max_connect_size", .type = VMQ_OPTION_SIZE, .fallback = "64KiB", .min = 256,
         .max = MIB, .reload = true, .help = "the largest packet before a client is let in"},
	{.key = "max_inflight", .type = VMQ_OPTION_INT, .fallback = "32", .min = 1, .max = 65535,
         .reload = true, .help = "QoS 1 and 2 messages sent to a client and not acknowledged"},
	{.key = "receive_maximum", .type = VMQ_OPTION_INT, .fallback = "1000", .min = 1,
         .max = 65535, .reload = true, .help = "QoS 2 messages from a client and not released"},
	{.key = "max_queued_messages", .type = VMQ_OPTION_INT, .fallback = "1000", .min = 0,
         .max = 100000000, .reload = true, .help = "messages that wait for a client; 0: no bound"},
	{.key = "max_queued_bytes", .type = VMQ_OPTION_SIZE, .fallback = "16MiB", .min = 0,
         .max = 1024 * GIB, .reload = true, .help = "bytes that wait for a client; 0: no bound"},
	{.key = "max_queued_messages_total", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = INT64_C(4000000000), .reload = true,
         .help = "messages that wait for all clients together; 0: no bound"},
	{.key = "max_queued_bytes_total", .type = VMQ_OPTION_SIZE, .fallback = "0", .min = 0,
         .max = 1024 * GIB, .reload = true,
         .help = "bytes that wait for all clients together; 0: no bound"},
	{.key = "max_inflight_bytes", .type = VMQ_OPTION_SIZE, .fallback = "0", .min = 0,
         .max = 1024 * GIB, .reload = true,
         .help = "bytes of messages sent to a client and not acknowledged; 0: no bound"},
	{.key = "memory_limit", .type = VMQ_OPTION_SIZE, .fallback = "0", .min = 0,
         .max = 1024 * GIB, .reload = true,
         .help = "memory above which nothing new is taken in; 0: no bound"},
	{.key = "max_handover_bytes", .type = VMQ_OPTION_SIZE, .fallback = "8MiB", .min = 64 * KIB,
         .max = 16 * GIB, .reload = true,
         .help = "bytes on the way from one worker to another, above which publishers wait"},
	{.key = "max_unsent_bytes", .type = VMQ_OPTION_SIZE, .fallback = "4MiB", .min = 64 * KIB,
         .max = 16 * GIB, .reload = true,
         .help = "bytes kept for a connection that does not read them"},
	{.key = "drop_policy", .type = VMQ_OPTION_ENUM, .choices = drop_policies,
         .fallback = "newest", .reload = true,
         .help = "what goes when a client's queue is full"},
	{.key = "queue_qos0", .type = VMQ_OPTION_BOOL, .fallback = "false", .reload = true,
         .help = "QoS 0 messages wait for absent clients too"},
	{.key = "max_connections", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 10000000, .reload = true, .help = "connections in all; 0: no bound"},
	{.key = "max_connections_per_address", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 10000000, .reload = true,
         .help = "connections from one IP address; 0: no bound"},
	{.key = "max_connect_rate_per_address", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 10000000, .reload = true,
         .help = "connections from one IP address in a second; 0: no bound"},
	{.key = "max_subscriptions", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 100000000, .reload = true, .help = "subscriptions of one client; 0: no bound"},
	{.key = "max_retained_messages", .type = VMQ_OPTION_INT, .fallback = "0", .min = 0,
         .max = 1000000000, .help = "topics with a retained message; 0: no bound"},
	{.key = "max_topic_levels", .type = VMQ_OPTION_INT, .fallback = "128", .min = 1,
         .max = 65535, .reload = true, .help = "levels of a topic or filter"},
	{.key = "topic_alias_maximum", .type = VMQ_OPTION_INT, .fallback = "16", .min = 0,
         .max = 65535, .reload = true, .help = "topic aliases of one connection, each way"},
	{.key = "keep_alive_max", .type = VMQ_OPTION_DURATION, .fallback = "0s", .min = 0,
         .max = INT64_C(65535000), .reload = true,
         .help = "the longest keep alive of MQTT 5 clients; 0: as they wish"},
	{.key = "session_expiry_max", .type = VMQ_OPTION_DURATION, .fallback = "0s", .min = 0,
         .max = INT64_C(4294967294000), .reload = true,
         .help = "the longest a session outlives its connection; 0: as its client wishes"},
	{.key = "connect_timeout", .type = VMQ_OPTION_DURATION, .fallback = "10s", .min = 100,
         .max = 3600000, .reload = true, .help = "from accept to the end of the handshake"},
	{.key = "max_qos", .type = VMQ_OPTION_INT, .fallback = "2", .min = 0, .max = 2,
         .reload = true, .help = "the highest QoS of clients"},
	{.key = "retained_available", .type = VMQ_OPTION_BOOL, .fallback = "true", .reload = true,
         .help = "whether messages may be retained"},
	{.key = "check_retain_source", .type = VMQ_OPTION_BOOL, .fallback = "true",
         .reload = true,
         .help = "whether a retained message is sent only if its publisher may still publish it"},
	{.key = "wildcard_available", .type = VMQ_OPTION_BOOL, .fallback = "true", .reload = true,
         .help = "whether filters may have wildcards"},
	{.key = "shared_available", .type = VMQ_OPTION_BOOL, .fallback = "true", .reload = true,
         .help = "whether there are shared subscriptions"},
	{.key = "subscription_id_available", .type = VMQ_OPTION_BOOL, .fallback = "true",
         .reload = true, .help = "whether subscriptions may have identifiers"},
	VMQ_OPTIONS_END,
};

const VmqOption settings_options[] = {
	{.key = "listeners", .type = VMQ_OPTION_SECTIONS, .section = listener_options,
         .help = "where clients come in"},
	{.key = "workers", .type = VMQ_OPTION_STRING, .fallback = "auto",
         .help = "threads that serve clients: auto (one per core), or 1 to 64"},
	{.key = "drain_timeout", .type = VMQ_OPTION_DURATION, .fallback = "10s", .min = 100,
         .max = 600000, .reload = true, .help = "the longest that stopping may take"},
	{.key = "status_file", .type = VMQ_OPTION_STRING,
         .help = "a file that says whether the broker is ready, and if not, why"},
	{.key = "server_reference", .type = VMQ_OPTION_STRING, .reload = true,
         .help = "where MQTT 5 clients are sent when the broker stops"},
	{.key = "server_moved", .type = VMQ_OPTION_BOOL, .fallback = "false", .reload = true,
         .help = "whether they are to stay at server_reference"},
	{.key = "response_information", .type = VMQ_OPTION_STRING, .reload = true,
         .help = "where MQTT 5 clients that ask are answered; %c is the client id"},
	{.key = "retained_tombstone_ttl", .type = VMQ_OPTION_DURATION, .fallback = "24h",
         .min = 60000, .max = INT64_C(31536000000), .reload = true,
         .help = "how long it is remembered that a retained message was cleared"},
	{.key = "sys_interval", .type = VMQ_OPTION_DURATION, .fallback = "10s", .min = 0,
         .max = 65535000, .reload = true,
         .help = "how often the broker speaks of itself at $SYS/broker/#; 0: never"},
	{.key = "log", .type = VMQ_OPTION_SECTION, .section = log_options, .help = "logging"},
	{.key = "limits", .type = VMQ_OPTION_SECTION, .section = limits_options, .help = "limits"},
	{.key = "plugins", .type = VMQ_OPTION_SECTIONS, .help = "plugins, in the order of their hooks"},
	VMQ_OPTIONS_END,
};

/* ---- reading ---- */

static bool
read_workers(const VmqConf *conf, Settings *settings, GError **error)
{
	const char *text = vmq_conf_get_string(conf, "workers");
	char       *end;

	if (g_str_equal(text, "auto")) {
		settings->workers = 0;
		return true;
	}
	guint64 n = g_ascii_strtoull(text, &end, 10);

	if (!g_ascii_isdigit(*text) || *end != '\0' || n < 1 || n > 64) {
		vmq_conf_set_error(conf, error, "workers",
		                   "\"%s\" will not do: write auto, or a number from 1 to 64", text);
		return false;
	}
	settings->workers = (unsigned) n;
	return true;
}

/* ---- listeners ---- */

static const struct {
	const char *text;
	uint8_t     level;
} versions[] = {{"3.1", MQTT_V3_1}, {"3.1.1", MQTT_V3_1_1}, {"5.0", MQTT_V5}, {"5", MQTT_V5}};

static uint8_t
level_of(const char *text)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(versions); i++)
		if (g_str_equal(text, versions[i].text))
			return versions[i].level;
	return 0;
}

static bool
read_versions(const VmqConf *conf, SettingsListener *listener, GError **error)
{
	const VmqConf *list = vmq_conf_get(conf, "protocol_versions");

	if (list == NULL) {
		listener->protocol_levels = 1 << MQTT_V3_1 | 1 << MQTT_V3_1_1 | 1 << MQTT_V5;
		return true;
	}
	for (unsigned i = 0; i < vmq_conf_length(list); i++) {
		const char *text = vmq_conf_scalar(vmq_conf_at(list, i));
		uint8_t     level = level_of(text);

		if (level == 0) {
			vmq_conf_set_error(conf, error, "protocol_versions",
			                   "\"%s\" is none of 3.1, 3.1.1, 5.0", text);
			return false;
		}
		listener->protocol_levels |= (uint8_t) (1u << level);
	}
	if (listener->protocol_levels == 0)
		vmq_conf_set_error(conf, error, "protocol_versions", "there is none");
	return listener->protocol_levels != 0;
}

/* A topic's beginning, up to a slash: what follows is then a topic, or a filter, for itself. */
static bool
is_mount_point(const char *text)
{
	size_t size = strlen(text);

	return mqtt_topic_is_valid((VmqBytes){(const uint8_t *) text, size}) && *text != '$' &&
	       text[size - 1] == '/';
}

static bool
read_texts(const VmqConf *conf, SettingsListener *listener, GError **error)
{
	const char *mount = vmq_conf_get_string(conf, "mount_point");
	const char *prefix = vmq_conf_get_string(conf, "assigned_id_prefix");
	VmqBytes    bytes = {(const uint8_t *) prefix, strlen(prefix)};

	if (mount != NULL && *mount != '\0' && !is_mount_point(mount)) {
		vmq_conf_set_error(conf, error, "mount_point",
		                   "\"%s\" will not do: write levels of a topic without wildcards, "
		                   "not beginning with $, and end with a slash",
		                   mount);
		return false;
	}
	if (bytes.size >= SETTINGS_ID_PREFIX_BYTES || !mqtt_utf8_is_valid(bytes)) {
		vmq_conf_set_error(conf, error, "assigned_id_prefix",
		                   "it has more than %d bytes, or is not UTF-8",
		                   SETTINGS_ID_PREFIX_BYTES - 1);
		return false;
	}
	listener->mount_point = mount != NULL && *mount != '\0' ? mount : NULL;
	listener->assigned_id_prefix = prefix;
	return true;
}

static bool
read_listener(const VmqConf *conf, SettingsListener *listener, GError **error)
{
	listener->address = vmq_conf_get_string(conf, "address");
	listener->max_connections = (uint32_t) vmq_conf_get_int(conf, "max_connections");
	listener->max_qos = (uint8_t) vmq_conf_get_int(conf, "max_qos");
	listener->topic_alias_maximum = (uint16_t) vmq_conf_get_int(conf, "topic_alias_maximum");
	listener->topic_alias_maximum_out =
		(uint16_t) vmq_conf_get_int(conf, "topic_alias_maximum_out");
	listener->allow_anonymous = vmq_conf_get_bool(conf, "allow_anonymous");
	listener->allow_empty_client_id = vmq_conf_get_bool(conf, "allow_empty_client_id");
	return read_versions(conf, listener, error) && read_texts(conf, listener, error);
}

/* As if one had been written with nothing but the address. */
static void
make_default_listener(SettingsListener *listener)
{
	NodePlace place = {.file = "default"};
	g_autoptr(VmqConf) conf = node_new(NODE_MAPPING, place);

	node_add(conf, "address", place, node_new_scalar(SETTINGS_DEFAULT_ADDRESS, place));
	if (!conf_check(conf, listener_options, NULL) || !read_listener(conf, listener, NULL))
		g_assert_not_reached();
	listener->address = SETTINGS_DEFAULT_ADDRESS;
}

static bool
read_listeners(const VmqConf *conf, Settings *settings, GError **error)
{
	const VmqConf *list = vmq_conf_get(conf, "listeners");

	if (vmq_conf_length(list) > SETTINGS_MAX_LISTENERS) {
		vmq_conf_set_error(conf, error, "listeners", "there are more than %d",
		                   SETTINGS_MAX_LISTENERS);
		return false;
	}
	for (unsigned i = 0; i < vmq_conf_length(list); i++)
		if (!read_listener(vmq_conf_at(list, i),
		                   &settings->listeners[settings->n_listeners++], error))
			return false;
	settings->by_default = settings->n_listeners == 0;
	if (settings->by_default)
		make_default_listener(&settings->listeners[settings->n_listeners++]);
	return true;
}

/* ---- the rest ---- */

/* Text that goes to clients: NULL is fine. */
static bool
check_text(const VmqConf *conf, const char *key, GError **error)
{
	const char *text = vmq_conf_get_string(conf, key);

	if (text == NULL)
		return true;
	if (*text == '\0' || strlen(text) > SETTINGS_MAX_TEXT) {
		vmq_conf_set_error(conf, error, key, "give 1 to %d bytes", SETTINGS_MAX_TEXT);
		return false;
	}
	if (!g_utf8_validate(text, -1, NULL)) {
		vmq_conf_set_error(conf, error, key, "this is not UTF-8");
		return false;
	}
	return true;
}

/* What clients are told to go by. */
static bool
read_advice(const VmqConf *conf, Settings *settings, GError **error)
{
	if (!check_text(conf, "server_reference", error) ||
	    !check_text(conf, "response_information", error))
		return false;
	settings->server_reference = vmq_conf_get_string(conf, "server_reference");
	settings->server_moved = vmq_conf_get_bool(conf, "server_moved");
	settings->response_information = vmq_conf_get_string(conf, "response_information");
	if (settings->server_moved && settings->server_reference == NULL) {
		vmq_conf_set_error(conf, error, "server_moved", "where to? It takes a server_reference");
		return false;
	}
	for (const char *at = settings->response_information;
	     at != NULL && (at = strchr(at, '%')) != NULL; at += 2) {
		if (at[1] == 'c' || at[1] == '%')
			continue;
		vmq_conf_set_error(conf, error, "response_information",
		                   "%%c is the client id and %%%% a percent sign; \"%.2s\" is nothing",
		                   at);
		return false;
	}
	return true;
}

static unsigned
choice(const char *text, const char *const *choices)
{
	for (unsigned i = 0;; i++)
		if (g_str_equal(text, choices[i]))
			return i;
}

static uint32_t
number(const VmqConf *conf, const char *key)
{
	return (uint32_t) vmq_conf_get_int(conf, key);
}

/* Rounded up, for 0 seconds may mean something else than few milliseconds. */
static uint32_t
seconds(const VmqConf *conf, const char *key)
{
	return (uint32_t) ((vmq_conf_get_int(conf, key) + 999) / 1000);
}

static void
read_limits(const VmqConf *limits, Settings *settings)
{
	uint32_t expiry_s = seconds(limits, "session_expiry_max");

	settings->max_packet_size = number(limits, "max_packet_size");
	settings->max_connect_size = number(limits, "max_connect_size");
	settings->max_inflight = number(limits, "max_inflight");
	settings->receive_maximum = number(limits, "receive_maximum");
	settings->max_queued_messages = number(limits, "max_queued_messages");
	settings->max_queued_bytes = (uint64_t) vmq_conf_get_int(limits, "max_queued_bytes");
	settings->max_queued_messages_total = number(limits, "max_queued_messages_total");
	settings->max_queued_bytes_total =
		(uint64_t) vmq_conf_get_int(limits, "max_queued_bytes_total");
	settings->max_inflight_bytes = (uint64_t) vmq_conf_get_int(limits, "max_inflight_bytes");
	settings->memory_limit = (uint64_t) vmq_conf_get_int(limits, "memory_limit");
	settings->max_handover_bytes = (uint64_t) vmq_conf_get_int(limits, "max_handover_bytes");
	settings->max_unsent_bytes = (uint64_t) vmq_conf_get_int(limits, "max_unsent_bytes");
	settings->drop_policy =
		(SettingsDrop) choice(vmq_conf_get_string(limits, "drop_policy"), drop_policies);
	settings->queue_qos0 = vmq_conf_get_bool(limits, "queue_qos0");
	settings->max_connections = number(limits, "max_connections");
	settings->max_connections_per_address = number(limits, "max_connections_per_address");
	settings->max_connect_rate_per_address = number(limits, "max_connect_rate_per_address");
	settings->max_subscriptions = number(limits, "max_subscriptions");
	settings->max_retained_messages = number(limits, "max_retained_messages");
	settings->max_topic_levels = number(limits, "max_topic_levels");
	settings->topic_alias_maximum = number(limits, "topic_alias_maximum");
	settings->keep_alive_max_s = seconds(limits, "keep_alive_max");
	settings->session_expiry_max_s = expiry_s == 0 ? UINT32_MAX : expiry_s;
	settings->connect_timeout_ms = number(limits, "connect_timeout");
	settings->max_qos = (uint8_t) number(limits, "max_qos");
	settings->retained_available = vmq_conf_get_bool(limits, "retained_available");
	settings->check_retain_source = vmq_conf_get_bool(limits, "check_retain_source");
	settings->wildcard_available = vmq_conf_get_bool(limits, "wildcard_available");
	settings->shared_available = vmq_conf_get_bool(limits, "shared_available");
	settings->subscription_id_available =
		vmq_conf_get_bool(limits, "subscription_id_available");
}

bool
settings_read(VmqConf *conf, Settings *settings, GError **error)
{
	*settings = (Settings){0};
	if (!conf_check(conf, settings_options, error) || !read_workers(conf, settings, error) ||
	    !read_listeners(conf, settings, error) || !read_advice(conf, settings, error))
		return false;
	settings->log_level = (VmqLogLevel) choice(
		vmq_conf_get_string(vmq_conf_get(conf, "log"), "level"), levels);
	settings->drain_timeout_ms = number(conf, "drain_timeout");
	settings->status_file = vmq_conf_get_string(conf, "status_file");
	settings->sys_interval_ms = number(conf, "sys_interval");
	settings->tombstone_ttl_ms = vmq_conf_get_int(conf, "retained_tombstone_ttl");
	read_limits(vmq_conf_get(conf, "limits"), settings);
	return true;
}

/* ---- reloading ---- */

bool
settings_same_listeners(const Settings *a, const Settings *b)
{
	if (a->n_listeners != b->n_listeners)
		return false;
	for (unsigned i = 0; i < a->n_listeners; i++)
		if (!g_str_equal(a->listeners[i].address, b->listeners[i].address))
			return false;
	return true;
}

static bool
are_mounts_equal(const Settings *a, const Settings *b)
{
	for (unsigned i = 0; i < MIN(a->n_listeners, b->n_listeners); i++)
		if (g_strcmp0(a->listeners[i].mount_point, b->listeners[i].mount_point) != 0)
			return false;
	return true;
}

void
settings_warn_unreloaded(const Settings *old, const Settings *now)
{
	if (!settings_same_listeners(old, now))
		vmq_warn("settings", "listeners changed: that takes a restart");
	else if (!are_mounts_equal(old, now))
		vmq_warn("settings", "a mount_point changed: that takes a restart");
	if (old->workers != now->workers)
		vmq_warn("settings", "workers changed: that takes a restart");
	if (g_strcmp0(old->status_file, now->status_file) != 0)
		vmq_warn("settings", "status_file changed: that takes a restart");
	if (old->max_retained_messages != now->max_retained_messages)
		vmq_warn("settings", "limits.max_retained_messages changed: that takes a restart");
}
