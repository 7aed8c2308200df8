/* SPDX-License-Identifier: Apache-2.0 */
#include "core/counters.h"
#include "unit.h"

#include <string.h>

#define N_COUNTERS (sizeof(CoreCounters) / sizeof(VmqCounter))

/* A field that the table has forgotten would count for another one. */
START_TEST(each_field_is_a_counter_of_its_own)
{
	union {
		CoreCounters counters;
		VmqCounter   each[N_COUNTERS];
	} all;
	bool is_taken[N_COUNTERS] = {false};

	memset(&all, 0xFF, sizeof(all));
	counters_register(&all.counters);
	for (unsigned i = 0; i < N_COUNTERS; i++) {
		ck_assert_uint_lt(all.each[i], N_COUNTERS);
		ck_assert_msg(!is_taken[all.each[i]], "field %u shares a name", i);
		is_taken[all.each[i]] = true;
	}
}
END_TEST

static void
check_name(const char *name, const char *help, int64_t value, void *data)
{
	unsigned *n = data;

	++*n;
	ck_assert_int_eq(value, 0);
	ck_assert_msg(g_str_has_prefix(name, "vibemq_"), "%s", name);
	for (const char *at = name; *at != '\0'; at++)
		ck_assert_msg(g_ascii_islower(*at) || *at == '_', "%s", name);
	ck_assert_msg(g_ascii_isupper(help[0]) || g_str_has_prefix(help, "QoS"), "%s", help);
	ck_assert_msg(help[strlen(help) - 1] != '.', "%s", help);
}

START_TEST(each_has_a_name_as_prometheus_wants_it_and_a_help)
{
	CoreCounters counters;
	unsigned     n = 0;

	counters_register(&counters);
	vmq_counter_foreach(check_name, &n);
	ck_assert_uint_eq(n, N_COUNTERS);
}
END_TEST

UNIT_MAIN("counters", each_field_is_a_counter_of_its_own,
          each_has_a_name_as_prometheus_wants_it_and_a_help)
