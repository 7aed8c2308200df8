/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "conf/conf.h"
#include "conf/node.h"
#include "conf/value.h"
#include "conf/yaml.h"
#include "unit.h"

static VmqConf *
read_text(const char *text, const char *file)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = yaml_read(text, strlen(text), file, &error);

	ck_assert_msg(root != NULL, "%s", error != NULL ? error->message : "no error");
	return root;
}

static VmqConf *
settle(const char *text, Settings *settings)
{
	g_autoptr(GError) error = NULL;
	VmqConf *root = read_text(text, "f.yaml");

	ck_assert_msg(settings_read(root, settings, &error), "%s",
	              error != NULL ? error->message : "no error");
	return root;
}

/* ---- the values ---- */

START_TEST(without_a_word_the_broker_serves_this_machine_only)
{
	Settings settings;
	g_autoptr(VmqConf) root = settle("", &settings);

	ck_assert_uint_eq(settings.n_listeners, 1);
	ck_assert_str_eq(settings.listeners[0].address, "127.0.0.1:1883");
	ck_assert(settings.by_default);
}
END_TEST

START_TEST(the_defaults_are_those_of_the_manual)
{
	Settings settings;
	g_autoptr(VmqConf) root = settle("", &settings);

	ck_assert_uint_eq(settings.workers, 0);
	ck_assert_int_eq(settings.log_level, VMQ_LOG_INFO);
	ck_assert_uint_eq(settings.drain_timeout_ms, 10000);
	ck_assert_ptr_null(settings.status_file);
	ck_assert_int_eq(settings.tombstone_ttl_ms, 86400000);
	ck_assert_uint_eq(settings.sys_interval_ms, 10000);
	ck_assert_uint_eq(settings.max_packet_size, 1048576);
	ck_assert_uint_eq(settings.max_connect_size, 65536);
	ck_assert_uint_eq(settings.max_inflight, 32);
	ck_assert_uint_eq(settings.receive_maximum, 1000);
	ck_assert_uint_eq(settings.max_queued_messages, 1000);
	ck_assert_uint_eq(settings.max_queued_bytes, 16777216);
	ck_assert_uint_eq(settings.max_queued_messages_total, 0);
	ck_assert_uint_eq(settings.max_queued_bytes_total, 0);
	ck_assert_uint_eq(settings.max_inflight_bytes, 0);
	ck_assert_uint_eq(settings.memory_limit, 0);
	ck_assert_uint_eq(settings.max_unsent_bytes, 4194304);
	ck_assert_uint_eq(settings.max_connections, 0);
	ck_assert_uint_eq(settings.max_connections_per_address, 0);
	ck_assert_uint_eq(settings.max_connect_rate_per_address, 0);
	ck_assert_uint_eq(settings.max_subscriptions, 0);
	ck_assert_uint_eq(settings.max_retained_messages, 0);
	ck_assert_uint_eq(settings.max_topic_levels, 128);
	ck_assert_uint_eq(settings.topic_alias_maximum, 16);
	ck_assert_uint_eq(settings.keep_alive_max_s, 0);
	ck_assert_uint_eq(settings.session_expiry_max_s, UINT32_MAX);
	ck_assert_uint_eq(settings.connect_timeout_ms, 10000);
	ck_assert_int_eq(settings.drop_policy, SETTINGS_DROP_NEWEST);
	ck_assert(!settings.queue_qos0);
	ck_assert_uint_eq(settings.max_qos, 2);
	ck_assert(settings.retained_available);
	ck_assert_ptr_null(settings.server_reference);
	ck_assert_ptr_null(settings.response_information);
	ck_assert(!settings.server_moved);
	ck_assert(settings.check_retain_source);
	ck_assert(settings.wildcard_available);
	ck_assert(settings.shared_available);
	ck_assert(settings.subscription_id_available);
}
END_TEST

START_TEST(the_defaults_of_a_listener_are_those_of_the_manual)
{
	static const char *const texts[] = {"", "listeners: [{address: '127.0.0.1:1883'}]\n"};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		Settings settings;
		g_autoptr(VmqConf) root = settle(texts[i], &settings);
		const SettingsListener *listener = &settings.listeners[0];

		ck_assert_uint_eq(settings.n_listeners, 1);
		ck_assert_str_eq(listener->address, "127.0.0.1:1883");
		ck_assert_uint_eq(listener->protocol_levels, 1 << 3 | 1 << 4 | 1 << 5);
		ck_assert_uint_eq(listener->max_connections, 0);
		ck_assert_uint_eq(listener->max_qos, 2);
		ck_assert_uint_eq(listener->topic_alias_maximum, 65535);
		ck_assert_uint_eq(listener->topic_alias_maximum_out, 65535);
		ck_assert_ptr_null(listener->mount_point);
		ck_assert(listener->allow_anonymous);
		ck_assert(listener->allow_empty_client_id);
		ck_assert_str_eq(listener->assigned_id_prefix, "auto-");
	}
}
END_TEST

START_TEST(every_option_of_a_listener_reaches_its_field)
{
	Settings settings;
	g_autoptr(VmqConf) root =
		settle("listeners:\n- address: '127.0.0.1:1'\n- address: '127.0.0.1:2'\n"
	               "  protocol_versions: [3.1, 5.0]\n  max_connections: 3\n  max_qos: 1\n"
	               "  topic_alias_maximum: 4\n  topic_alias_maximum_out: 5\n"
	               "  mount_point: a/b/\n  allow_anonymous: false\n"
	               "  allow_empty_client_id: false\n  assigned_id_prefix: ''\n"
	               "- {address: '127.0.0.1:3', protocol_versions: 5, mount_point: ''}\n",
	               &settings);
	const SettingsListener *listener = &settings.listeners[1];

	ck_assert_uint_eq(settings.n_listeners, 3);
	ck_assert_uint_eq(listener->protocol_levels, 1 << 3 | 1 << 5);
	ck_assert_uint_eq(listener->max_connections, 3);
	ck_assert_uint_eq(listener->max_qos, 1);
	ck_assert_uint_eq(listener->topic_alias_maximum, 4);
	ck_assert_uint_eq(listener->topic_alias_maximum_out, 5);
	ck_assert_str_eq(listener->mount_point, "a/b/");
	ck_assert(!listener->allow_anonymous);
	ck_assert(!listener->allow_empty_client_id);
	ck_assert_str_eq(listener->assigned_id_prefix, "");
	ck_assert_uint_eq(settings.listeners[2].protocol_levels, 1 << 5);
	ck_assert_ptr_null(settings.listeners[2].mount_point);
	ck_assert(settings.listeners[0].allow_anonymous);
}
END_TEST

START_TEST(every_option_reaches_its_field)
{
	Settings settings;
	g_autoptr(VmqConf) root = settle(
		"listeners: [{address: '0.0.0.0:1883'}, {address: '[::]:1884'}]\n"
		"workers: 3\ndrain_timeout: 1s\nretained_tombstone_ttl: 1h\n"
		"sys_interval: 100ms\nlog: {level: debug}\nstatus_file: /run/x\n"
		"server_reference: b.example.org c.example.org:1884\nserver_moved: true\n"
		"response_information: 'answers/%c/100%%'\n"
		"limits:\n"
		"  max_packet_size: 256MiB\n  max_connect_size: 1KiB\n  max_inflight: 1\n"
		"  receive_maximum: 2\n  max_queued_messages: 3\n  max_queued_bytes: 1000GB\n"
		"  max_queued_messages_total: 4000000000\n  max_queued_bytes_total: 41\n"
		"  max_inflight_bytes: 42\n  memory_limit: 1KiB\n"
		"  max_unsent_bytes: 16GiB\n  max_connections: 5\n  max_connections_per_address: 51\n"
		"  max_connect_rate_per_address: 52\n  max_subscriptions: 6\n"
		"  max_retained_messages: 7\n  max_topic_levels: 8\n  topic_alias_maximum: 9\n"
		"  keep_alive_max: 65535s\n  session_expiry_max: 4294967294s\n"
		"  connect_timeout: 11s\n  drop_policy: disconnect\n  queue_qos0: true\n"
		"  retained_available: false\n  check_retain_source: false\n  wildcard_available: false\n"
		"  shared_available: false\n  subscription_id_available: false\n  max_qos: 0\n",
		&settings);

	ck_assert_uint_eq(settings.n_listeners, 2);
	ck_assert_str_eq(settings.listeners[0].address, "0.0.0.0:1883");
	ck_assert_str_eq(settings.listeners[1].address, "[::]:1884");
	ck_assert(!settings.by_default);
	ck_assert_uint_eq(settings.workers, 3);
	ck_assert_uint_eq(settings.drain_timeout_ms, 1000);
	ck_assert_str_eq(settings.status_file, "/run/x");
	ck_assert_int_eq(settings.tombstone_ttl_ms, 3600000);
	ck_assert_str_eq(settings.server_reference, "b.example.org c.example.org:1884");
	ck_assert(settings.server_moved);
	ck_assert_str_eq(settings.response_information, "answers/%c/100%%");
	ck_assert_uint_eq(settings.sys_interval_ms, 100);
	ck_assert_int_eq(settings.log_level, VMQ_LOG_DEBUG);
	ck_assert_uint_eq(settings.max_packet_size, 268435456);
	ck_assert_uint_eq(settings.max_connect_size, 1024);
	ck_assert_uint_eq(settings.max_inflight, 1);
	ck_assert_uint_eq(settings.receive_maximum, 2);
	ck_assert_uint_eq(settings.max_queued_messages, 3);
	ck_assert_uint_eq(settings.max_queued_bytes, UINT64_C(1000000000000));
	ck_assert_uint_eq(settings.max_unsent_bytes, UINT64_C(17179869184));
	ck_assert_uint_eq(settings.max_queued_messages_total, 4000000000);
	ck_assert_uint_eq(settings.max_queued_bytes_total, 41);
	ck_assert_uint_eq(settings.max_inflight_bytes, 42);
	ck_assert_uint_eq(settings.memory_limit, 1024);
	ck_assert_uint_eq(settings.max_connections, 5);
	ck_assert_uint_eq(settings.max_connections_per_address, 51);
	ck_assert_uint_eq(settings.max_connect_rate_per_address, 52);
	ck_assert_uint_eq(settings.max_subscriptions, 6);
	ck_assert_uint_eq(settings.max_retained_messages, 7);
	ck_assert_uint_eq(settings.max_topic_levels, 8);
	ck_assert_uint_eq(settings.topic_alias_maximum, 9);
	ck_assert_uint_eq(settings.keep_alive_max_s, 65535);
	ck_assert_uint_eq(settings.session_expiry_max_s, UINT32_MAX - 1);
	ck_assert_uint_eq(settings.connect_timeout_ms, 11000);
	ck_assert_int_eq(settings.drop_policy, SETTINGS_DROP_DISCONNECT);
	ck_assert(settings.queue_qos0);
	ck_assert_uint_eq(settings.max_qos, 0);
	ck_assert(!settings.retained_available);
	ck_assert(!settings.check_retain_source);
	ck_assert(!settings.wildcard_available);
	ck_assert(!settings.shared_available);
	ck_assert(!settings.subscription_id_available);
}
END_TEST

START_TEST(less_than_a_second_is_not_no_bound)
{
	Settings settings;
	g_autoptr(VmqConf) root =
		settle("limits: {keep_alive_max: 1ms, session_expiry_max: 1500ms}\n", &settings);

	ck_assert_uint_eq(settings.keep_alive_max_s, 1);
	ck_assert_uint_eq(settings.session_expiry_max_s, 2);
}
END_TEST

static const struct {
	const char *text, *complaint;
} bad_texts[] = {
	{"listenrs: []\n", "f.yaml:1:1: unknown key \"listenrs\", did you mean \"listeners\"?"},
	{"limits: {max_infligth: 1}\n",
         "f.yaml:1:10: unknown key \"max_infligth\", did you mean \"max_inflight\"?"},
	{"workers: 0\n",
         "f.yaml:1:10: workers: \"0\" will not do: write auto, or a number from 1 to 64"},
	{"workers: 65\n",
         "f.yaml:1:10: workers: \"65\" will not do: write auto, or a number from 1 to 64"},
	{"workers: 4x\n",
         "f.yaml:1:10: workers: \"4x\" will not do: write auto, or a number from 1 to 64"},
	{"workers: -1\n",
         "f.yaml:1:10: workers: \"-1\" will not do: write auto, or a number from 1 to 64"},
	{"listeners:\n  - {}\n",
         "f.yaml:2:5: \"address\" is missing: host:port to accept MQTT over "
         "TCP at; port 0 lets the system choose"},
	{"listeners:\n  - address: 1883\n",
         "f.yaml:2:14: address: \"1883\" is not an address: write host:port, 192.0.2.1:1883 or "
         "[2001:db8::1]:1883"},
	{"server_moved: true\n",
         "f.yaml:1:15: server_moved: where to? It takes a server_reference"},
	{"server_reference: ''\n", "f.yaml:1:19: server_reference: give 1 to 1024 bytes"},
	{"response_information: 'a/%u'\n",
         "f.yaml:1:23: response_information: %c is the client id and %% a percent sign; \"%u\" is "
         "nothing"},
	{"response_information: '%%%'\n",
         "f.yaml:1:23: response_information: %c is the client id and %% a percent sign; \"%\" is "
         "nothing"},
	{"listeners: [{address: '[::]:1', protocol_versions: [5.0, 4]}]\n",
         "f.yaml:1:52: protocol_versions: \"4\" is none of 3.1, 3.1.1, 5.0"},
	{"listeners: [{address: '[::]:1', protocol_versions: []}]\n",
         "f.yaml:1:52: protocol_versions: there is none"},
	{"listeners: [{address: '[::]:1', mount_point: a}]\n",
         "f.yaml:1:46: mount_point: \"a\" will not do: write levels of a topic without wildcards, "
         "not beginning with $, and end with a slash"},
	{"listeners: [{address: '[::]:1', mount_point: +/}]\n",
         "f.yaml:1:46: mount_point: \"+/\" will not do: write levels of a topic without wildcards, "
         "not beginning with $, and end with a slash"},
	{"listeners: [{address: '[::]:1', mount_point: $share/}]\n",
         "f.yaml:1:46: mount_point: \"$share/\" will not do: write levels of a topic without "
         "wildcards, not beginning with $, and end with a slash"},
	{"listeners: [{address: '[::]:1', assigned_id_prefix: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]\n",
         "f.yaml:1:53: assigned_id_prefix: it has more than 64 bytes, or is not UTF-8"},
	{"limits: {max_packet_size: 257MiB}\n",
         "f.yaml:1:27: max_packet_size: 257MiB is out of range, which is 1KiB to 256MiB"},
	{"limits: {max_inflight: 0}\n",
         "f.yaml:1:24: max_inflight: 0 is out of range, which is 1 to 65535"},
	{"limits: {connect_timeout: 10}\n", "f.yaml:1:27: connect_timeout: \"10\" will not do: "
                                            "write a number with a unit: 250ms, 30s, "
                                            "5m, 24h, 7d"},
	{"limits: {drop_policy: old}\n",
         "f.yaml:1:23: drop_policy: \"old\" is none of newest, oldest, disconnect"},
	{"log: {level: warning}\n", "f.yaml:1:14: level: \"warning\" is none of error, warn, info, "
                                    "debug; did you mean \"warn\"?"},
};

START_TEST(what_is_wrong_is_said_with_its_place)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
		g_autoptr(VmqConf) root = read_text(bad_texts[i].text, "f.yaml");
		g_autoptr(GError) error = NULL;
		Settings settings;

		ck_assert_msg(!settings_read(root, &settings, &error), "%s", bad_texts[i].text);
		ck_assert_str_eq(error->message, bad_texts[i].complaint);
	}
}
END_TEST

START_TEST(listeners_have_a_bound)
{
	g_autoptr(GString) text = g_string_new("listeners:\n");
	g_autoptr(GError) error = NULL;
	Settings settings;

	for (unsigned i = 0; i <= SETTINGS_MAX_LISTENERS; i++)
		g_string_append_printf(text, "- address: 127.0.0.1:%u\n", 2000 + i);

	g_autoptr(VmqConf) root = read_text(text->str, "f.yaml");

	ck_assert(!settings_read(root, &settings, &error));
	ck_assert_str_eq(error->message, "f.yaml:2:1: listeners: there are more than 32");
}
END_TEST

/* ---- the table ---- */

typedef void (*OptionEach)(const VmqOption *option, const char *section, void *data);

static void
each_option(OptionEach each, void *data)
{
	for (const VmqOption *option = settings_options; option->key != NULL; option++) {
		each(option, "", data);
		for (const VmqOption *inner = option->section; inner != NULL && inner->key != NULL;
		     inner++)
			each(inner, option->key, data);
	}
}

/* Overrides from the environment know small letters and single underscores only. */
static void
assert_sound(const VmqOption *option, const char *section, void *unused)
{
	(void) section;
	(void) unused;
	ck_assert_ptr_nonnull(option->help);
	for (const char *at = option->key; *at != '\0'; at++)
		ck_assert(g_ascii_islower(*at) || g_ascii_isdigit(*at) || *at == '_');
	ck_assert_ptr_null(strstr(option->key, "__"));
	if (option->type == VMQ_OPTION_INT || option->type == VMQ_OPTION_DURATION ||
	    option->type == VMQ_OPTION_SIZE) {
		const char *complaint;
		int64_t     value;

		ck_assert(value_parse(option->type, option->fallback, &value, &complaint));
		ck_assert(value >= option->min && value <= option->max &&
		          option->min < option->max);
	}
	if (option->type == VMQ_OPTION_ENUM)
		ck_assert(g_strv_contains(option->choices, option->fallback));
}

START_TEST(defaults_are_in_their_range_and_keys_can_be_overridden)
{
	each_option(assert_sound, NULL);
}
END_TEST

/* ---- the documents ---- */

static char *
read_document(const char *name)
{
	g_autofree char *path = g_build_filename(g_getenv("VMQ_TOP_SRCDIR"), name, NULL);
	char            *text = NULL;

	ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
	return text;
}

/* Takes the "#" off what is an option: prose has exactly one blank behind it, or none and no text. */
static char *
uncomment(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line != NULL; line++) {
		bool is_option = **line == '#' && (*line)[1] != '\0' &&
		                 ((*line)[1] != ' ' || (*line)[2] == ' ');

		g_string_append_printf(out, "%s\n", is_option ? *line + 1 : *line);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

START_TEST(the_shipped_file_changes_nothing)
{
	g_autofree char *text = read_document("etc/vibemqd.yaml");
	Settings         settings;
	g_autoptr(VmqConf) root = settle(text, &settings);

	ck_assert(settings.by_default);
	ck_assert(!vmq_conf_has(root, "limits"));
	ck_assert(!vmq_conf_has(root, "plugins"));
}
END_TEST

/* Where the options of a section are: the first listener stands for all. */
static const VmqConf *
find_section(const VmqConf *root, const char *section)
{
	const VmqConf *found = *section != '\0' ? vmq_conf_get(root, section) : root;

	ck_assert_msg(found != NULL, "%s is not in etc/vibemqd.yaml", section);
	return g_str_equal(section, "listeners") ? vmq_conf_at(found, 0) : found;
}

static void
assert_says_default(const VmqOption *option, const char *section, void *data)
{
	const VmqConf *where = find_section(data, section);

	ck_assert_msg(node_find(where, option->key) != NULL, "%s %s is not in etc/vibemqd.yaml",
	              section, option->key);
	if (option->fallback != NULL)
		ck_assert_str_eq(conf_text(where, option->key), option->fallback);
}

START_TEST(the_shipped_file_uncommented_has_every_option_at_its_default)
{
	g_autofree char *text = read_document("etc/vibemqd.yaml");
	g_autofree char *bare = uncomment(text);
	Settings         settings;
	g_autoptr(VmqConf) root = settle(bare, &settings);

	each_option(assert_says_default, root);
	ck_assert(!settings.by_default);
	ck_assert_uint_eq(settings.n_listeners, 1);
	ck_assert_str_eq(settings.listeners[0].address, SETTINGS_DEFAULT_ADDRESS);
}
END_TEST

START_TEST(the_shipped_file_shows_the_plugins)
{
	g_autofree char *text = read_document("etc/vibemqd.yaml");
	g_autofree char *bare = uncomment(text);
	Settings         settings;
	g_autoptr(VmqConf) root = settle(bare, &settings);
	const VmqConf *plugins = vmq_conf_get(root, "plugins");

	ck_assert_uint_eq(vmq_conf_length(plugins), 2);
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 0), "name"), "auth");
	ck_assert_str_eq(conf_text(vmq_conf_at(plugins, 1), "name"), "cluster");
}
END_TEST

/* One of the manual's entries, ".It Cm key : …". A key may be of several sections. */
typedef struct {
	char *key, *text;
} Entry;

static void
clear_entry(void *data)
{
	Entry *entry = data;

	g_free(entry->key);
	g_free(entry->text);
}

static GArray *
read_manual(void)
{
	g_autofree char *text = read_document("man/vibemqd.yaml.5");
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));

	g_array_set_clear_func(entries, clear_entry);
	for (char **line = lines; *line != NULL; line++) {
		if (!g_str_has_prefix(*line, ".It Cm ") || strstr(*line, " : ") == NULL)
			continue;

		const char *key = *line + strlen(".It Cm ");
		Entry       entry = {g_strndup(key, strcspn(key, " ")),
		                     g_strjoin("\n", line[1], line[2], line[3], line[4], line[5], line[6],
		                               NULL)};

		g_array_append_val(entries, entry);
	}
	return entries;
}

static bool
says_default(const Entry *entry, const VmqOption *option)
{
	g_autofree char *says = g_strdup_printf("The default is\n.Cm %s ", option->fallback);

	return option->fallback == NULL || strstr(entry->text, says) != NULL;
}

static void
take_from_manual(const VmqOption *option, const char *section, void *data)
{
	GArray *entries = data;

	for (guint i = 0; i < entries->len; i++) {
		const Entry *entry = &g_array_index(entries, Entry, i);

		if (g_str_equal(entry->key, option->key) && says_default(entry, option)) {
			g_array_remove_index(entries, i);
			return;
		}
	}
	ck_abort_msg("%s %s is not in man/vibemqd.yaml.5 with its default", section, option->key);
}

START_TEST(the_manual_has_every_option_with_its_default_and_no_other)
{
	static const VmqOption plugin_keys[] = {{.key = "name"}, {.key = "path"}};
	g_autoptr(GArray) entries = read_manual();

	each_option(take_from_manual, entries);
	for (unsigned i = 0; i < G_N_ELEMENTS(plugin_keys); i++)
		take_from_manual(&plugin_keys[i], "plugins", entries);
	if (entries->len > 0)
		ck_abort_msg("man/vibemqd.yaml.5 has %s, and nobody reads it",
		             g_array_index(entries, Entry, 0).key);
}
END_TEST

UNIT_MAIN("settings", without_a_word_the_broker_serves_this_machine_only,
          the_defaults_are_those_of_the_manual, the_defaults_of_a_listener_are_those_of_the_manual,
          every_option_reaches_its_field, every_option_of_a_listener_reaches_its_field,
          less_than_a_second_is_not_no_bound, what_is_wrong_is_said_with_its_place,
          listeners_have_a_bound, defaults_are_in_their_range_and_keys_can_be_overridden,
          the_shipped_file_changes_nothing,
          the_shipped_file_uncommented_has_every_option_at_its_default,
          the_shipped_file_shows_the_plugins,
          the_manual_has_every_option_with_its_default_and_no_other)
