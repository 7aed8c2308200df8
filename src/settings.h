/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - the broker's own options: one table, one struct
 *
 * The table settings_options is the only place where a key, its default and its
 * range are written; man/vibemqd.yaml.5 and etc/vibemqd.yaml are tested against it.
 *
 * Threads: control.
 * Fails:   with file:line:column.
 */
#pragma once

#include <vibemq/conf.h>
#include <vibemq/log.h>

#define SETTINGS_MAX_LISTENERS 32
#define SETTINGS_MAX_TEXT 1024 /* bytes that are shown to clients as they are */

/* Room for an assigned_id_prefix and its NUL: with what follows it is far from too long an id. */
#define SETTINGS_ID_PREFIX_BYTES 65

extern const VmqOption settings_options[];

typedef enum { SETTINGS_DROP_NEWEST, SETTINGS_DROP_OLDEST, SETTINGS_DROP_DISCONNECT } SettingsDrop;

/* One of `listeners`; strings live as long as the tree. */
typedef struct {
	const char *address;
	const char *mount_point; /* NULL: none */
	const char *assigned_id_prefix;
	uint32_t    max_connections; /* 0: no bound */
	uint16_t    topic_alias_maximum, topic_alias_maximum_out;
	uint8_t     protocol_levels; /* a bit for each: 1 << 3, 1 << 4, 1 << 5 */
	uint8_t     max_qos;
	bool        allow_anonymous, allow_empty_client_id;
} SettingsListener;

/* Sizes in bytes; strings live as long as the tree. */
typedef struct {
	SettingsListener listeners[SETTINGS_MAX_LISTENERS];
	unsigned         n_listeners;
	bool         by_default;  /* nobody said where to listen */
	unsigned     workers;     /* 0: one per core */
	VmqLogLevel  log_level;
	unsigned     drain_timeout_ms;
	const char  *status_file; /* NULL: none */
	int64_t      tombstone_ttl_ms;
	const char  *server_reference, *response_information; /* NULL: none */
	bool         server_moved;
	unsigned     sys_interval_ms; /* 0: nothing is said */
	uint32_t     max_packet_size, max_connect_size;
	uint32_t     max_inflight, receive_maximum;
	uint32_t     max_queued_messages, max_queued_messages_total;
	uint64_t     max_queued_bytes, max_queued_bytes_total, max_inflight_bytes;
	uint64_t     max_handover_bytes, max_unsent_bytes, memory_limit;
	uint32_t     max_connections, max_connections_per_address, max_connect_rate_per_address;
	uint32_t     max_subscriptions, max_retained_messages;
	uint32_t     max_topic_levels, topic_alias_maximum;
	uint8_t          max_qos;
	uint32_t     keep_alive_max_s, session_expiry_max_s; /* 0 and UINT32_MAX: no bound */
	uint32_t     connect_timeout_ms;
	SettingsDrop drop_policy;
	bool         queue_qos0, retained_available, check_retain_source;
	bool             wildcard_available, shared_available, subscription_id_available;
} Settings;

/* Where the broker listens if it is not told: this machine only. */
#define SETTINGS_DEFAULT_ADDRESS "127.0.0.1:1883"

/* Checks the tree against settings_options and fills the struct. */
bool settings_read(VmqConf *conf, Settings *settings, GError **error);

/* Do they listen at the same addresses? Then the rest of each listener can be reloaded. */
bool settings_same_listeners(const Settings *a, const Settings *b);

/* Names in the log what changed but holds only after a restart. */
void settings_warn_unreloaded(const Settings *old, const Settings *now);
