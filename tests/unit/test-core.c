/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"
#include "house.h"
#include "unit.h"

#include <vibemq/broker.h>

START_TEST(limits_are_replaced_and_the_old_ones_last_as_long_as_the_turn)
{
	house_build(2);
	Limits        limits = house_limits();
	const Limits *before = core_limits();

	ck_assert_uint_eq(before->max_inflight, 32);
	limits.max_inflight = 5;
	core_set_limits(&limits);
	ck_assert_uint_eq(core_limits()->max_inflight, 5);
	ck_assert_uint_eq(before->max_inflight, 32);
	limits.max_inflight = 7; /* copied */
	ck_assert_uint_eq(core_limits()->max_inflight, 5);
	house_tear_down();
	ck_assert_ptr_null(core_limits());
}
END_TEST

START_TEST(counters_have_names_of_their_own)
{
	house_build(1);
	const VmqCounter *counters = (const VmqCounter *) &core.counters;
	unsigned          n = sizeof(core.counters) / sizeof(VmqCounter);

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(counters[i], counters[j]);
	house_tear_down();
}
END_TEST

/* filter.c: the codec's words on filters, for strings */
START_TEST(plugins_may_ask_about_filters_as_text)
{
	size_t size;

	ck_assert(vmq_filter_is_valid("a/+/#"));
	ck_assert(!vmq_filter_is_valid("a/#/b"));
	ck_assert(!vmq_filter_is_valid(""));
	ck_assert(vmq_topic_is_valid(bytes("a/b")));
	ck_assert(!vmq_topic_is_valid(bytes("a/+")));
	ck_assert_str_eq(vmq_filter_strip_share("$share/group/a/b", &size), "a/b");
	ck_assert_uint_eq(size, 5);
	ck_assert_str_eq(vmq_filter_strip_share("a/b", &size), "a/b");
	ck_assert_uint_eq(size, 0);
	ck_assert(vmq_filter_matches("a/#", bytes("a")));
	ck_assert(!vmq_filter_matches("#", bytes("$SYS")));
}
END_TEST

/* client.c: what plugins may know */
START_TEST(plugins_may_ask_about_a_client)
{
	const VmqClient client = {"id", NULL, "192.0.2.1:49152", 4, true};

	ck_assert_str_eq(vmq_client_get_id(&client), "id");
	ck_assert_ptr_null(vmq_client_get_username(&client));
	ck_assert_str_eq(vmq_client_get_address(&client), "192.0.2.1:49152");
	ck_assert_uint_eq(vmq_client_get_protocol(&client), 4);
	ck_assert(vmq_client_is_clean_start(&client));
}
END_TEST

UNIT_MAIN("core", limits_are_replaced_and_the_old_ones_last_as_long_as_the_turn,
          counters_have_names_of_their_own, plugins_may_ask_about_filters_as_text,
          plugins_may_ask_about_a_client)
