/* SPDX-License-Identifier: Apache-2.0 */
#include "net/greeting.h"
#include "core/core.h"
#include "house.h"
#include "unit.h"

/* A listener of ours, instead of those of listener.c. */
struct Listener {
	ListenerTerms terms;
	const char   *mount;
};

static Listener listener = {{.max_qos = 2, .allow_empty_client_id = true, .id_prefix = "auto-"}, NULL};

const ListenerTerms *
listener_terms(const Listener *given)
{
	return &given->terms;
}

const char *
listener_mount(const Listener *given)
{
	return given->mount;
}

static VmqReason reason;

static Greeting *
greet(const MqttConnect *connect)
{
	return greeting_new(connect, &listener, &reason);
}

static MqttConnect
make(uint8_t level, const char *client_id)
{
	return (MqttConnect){.level = level, .client_id = bytes(client_id), .keep_alive_s = 60};
}

START_TEST(what_a_connect_says_is_copied)
{
	char        id[] = "client", name[] = "alice", secret[] = "pass";
	MqttConnect connect = make(4, id);

	connect.has_username = connect.has_password = true;
	connect.username = bytes(name);
	connect.password = bytes(secret);

	g_autoptr(Greeting) greeting = greet(&connect);

	memset(id, '?', strlen(id));
	memset(name, '?', strlen(name));
	memset(secret, '?', strlen(secret));
	ck_assert_int_eq(reason, VMQ_REASON_SUCCESS);
	ck_assert_str_eq(greeting->client_id, "client");
	ck_assert_str_eq(greeting->username, "alice");
	ck_assert_mem_eq(g_bytes_get_data(greeting->password, NULL), "pass", 4);
	ck_assert_uint_eq(greeting->keep_alive_s, 60);
	ck_assert(!greeting->assigned);
	ck_assert_ptr_null(greeting->will);
	greeting_free(NULL);
}
END_TEST

START_TEST(an_empty_client_id_is_assigned_where_the_version_allows_it)
{
	static const struct {
		uint8_t level;
		bool    clean, expected;
	} cases[] = {{3, true, false}, {3, false, false}, {4, true, true},
	             {4, false, false}, {5, true, true},  {5, false, true}};

	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		MqttConnect connect = make(cases[i].level, "");

		connect.clean_start = cases[i].clean;

		g_autoptr(Greeting) greeting = greet(&connect);
		g_autoptr(Greeting) other = greet(&connect);

		ck_assert((greeting != NULL) == cases[i].expected);
		if (greeting == NULL) {
			ck_assert_int_eq(reason, VMQ_REASON_CLIENT_ID_NOT_VALID);
			continue;
		}
		ck_assert(greeting->assigned);
		ck_assert(g_str_has_prefix(greeting->client_id, "auto-"));
		ck_assert_uint_gt(strlen(greeting->client_id), 20);
		ck_assert_str_ne(greeting->client_id, other->client_id);
	}
}
END_TEST

START_TEST(a_long_client_id_is_too_long_for_the_oldest_version_only)
{
	static const char most[] = "12345678901234567890123", more[] = "123456789012345678901234";

	for (uint8_t level = 3; level <= 5; level++) {
		MqttConnect connect = make(level, most);
		g_autoptr(Greeting) greeting = greet(&connect);

		ck_assert_str_eq(greeting->client_id, most);
		connect = make(level, more);
		g_autoptr(Greeting) longer = greet(&connect);

		ck_assert((longer != NULL) == (level > 3));
		ck_assert(longer != NULL || reason == VMQ_REASON_CLIENT_ID_NOT_VALID);
	}
}
END_TEST

START_TEST(a_session_lasts_as_the_version_says)
{
	MqttConnect connect = make(4, "c");
	g_autoptr(Greeting) kept = greet(&connect);

	ck_assert_uint_eq(kept->expiry_s, UINT32_MAX);
	connect.clean_start = true;
	g_autoptr(Greeting) clean = greet(&connect);

	ck_assert_uint_eq(clean->expiry_s, 0);
	connect = make(5, "c");
	g_autoptr(Greeting) none = greet(&connect);

	ck_assert_uint_eq(none->expiry_s, 0);
	ck_assert_uint_eq(none->receive_maximum, UINT16_MAX);
	ck_assert_uint_eq(none->max_packet_size, UINT32_MAX);
	ck_assert(none->problem_info);
}
END_TEST

static void
start(bool retained_available)
{
	Limits limits = house_limits();

	limits.max_topic_levels = 4;
	limits.max_qos = 2;
	limits.retained_available = retained_available;
	core_start(1, &limits, 0);
}

static MqttConnect
make_with_will(const char *topic)
{
	MqttConnect connect = make(4, "c");

	connect.has_will = true;
	connect.will.topic = bytes(topic);
	connect.will.payload = bytes("gone");
	connect.will.qos = 1;
	connect.will.retain = true;
	return connect;
}

static void
expect_refusal(const char *topic, VmqReason expected)
{
	MqttConnect connect = make_with_will(topic);

	ck_assert_ptr_null(greet(&connect));
	ck_assert_int_eq(reason, expected);
}

START_TEST(a_will_is_taken_along)
{
	MqttConnect connect = make_with_will("will");

	start(true);
	g_autoptr(Greeting) greeting = greet(&connect);

	ck_assert_str_eq(greeting->will_topic, "will");
	ck_assert_uint_eq(greeting->will_qos, 1);
	ck_assert(greeting->will_retain);
	ck_assert_uint_eq(will_delay_s(greeting->will), 0);

	listener.mount = "site/";
	g_autoptr(Greeting) mounted = greet(&connect);

	ck_assert_str_eq(mounted->will_topic, "site/will");
	core_stop();
}
END_TEST

START_TEST(a_will_that_nobody_may_leave_is_refused)
{
	start(true);
	expect_refusal("will/+", VMQ_REASON_TOPIC_NAME_INVALID);
	expect_refusal("1/2/3/4/5", VMQ_REASON_TOPIC_NAME_INVALID);
	listener.terms.max_qos = 0;
	expect_refusal("will", VMQ_REASON_QOS_NOT_SUPPORTED);
	listener.terms.max_qos = 2;
	core_stop();
	start(false);
	expect_refusal("will", VMQ_REASON_RETAIN_NOT_SUPPORTED);
	core_stop();
}
END_TEST

START_TEST(a_listener_may_want_client_ids)
{
	MqttConnect connect = make(5, "");

	listener.terms.allow_empty_client_id = false;
	ck_assert_ptr_null(greet(&connect));
	ck_assert_int_eq(reason, VMQ_REASON_CLIENT_ID_NOT_VALID);
}
END_TEST

UNIT_MAIN("greeting", what_a_connect_says_is_copied,
          an_empty_client_id_is_assigned_where_the_version_allows_it,
          a_long_client_id_is_too_long_for_the_oldest_version_only,
          a_session_lasts_as_the_version_says, a_will_is_taken_along,
          a_will_that_nobody_may_leave_is_refused, a_listener_may_want_client_ids)
