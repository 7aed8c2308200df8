/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value.h"
#include "unit.h"

typedef struct {
	const char *text;
	int64_t     value;
} Reading;

static void
assert_read(VmqOptionType type, const Reading *readings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *complaint;
		int64_t     value;

		ck_assert_msg(value_parse(type, readings[i].text, &value, &complaint), "%s: %s",
		              readings[i].text, complaint);
		ck_assert_msg(value == readings[i].value, "%s is %" G_GINT64_FORMAT,
		              readings[i].text, value);
	}
}

static void
assert_refused(VmqOptionType type, const char *const *texts, const char *complaint)
{
	for (; *texts != NULL; texts++) {
		const char *said;
		int64_t     value;

		ck_assert_msg(!value_parse(type, *texts, &value, &said),
		              "\"%s\" was read as %" G_GINT64_FORMAT, *texts, value);
		ck_assert_str_eq(said, complaint);
	}
}

START_TEST(booleans_are_six_words)
{
	static const Reading     good[] = {{"true", 1},  {"yes", 1}, {"on", 1},
	                                   {"false", 0}, {"no", 0},  {"off", 0}};
	static const char *const bad[] = {"", "1", "0", "True", "truee", "y", NULL};

	assert_read(VMQ_OPTION_BOOL, good, G_N_ELEMENTS(good));
	assert_refused(VMQ_OPTION_BOOL, bad, "write true or false");
}
END_TEST

START_TEST(integers_are_decimal_and_whole)
{
	static const Reading     good[] = {{"0", 0},
	                                   {"42", 42},
	                                   {"-7", -7},
	                                   {"010", 10},
	                                   {"9223372036854775806", INT64_MAX - 1}};
	static const char *const bad[] = {"",
	                                  "x",
	                                  "1.5",
	                                  "1e3",
	                                  "0x10",
	                                  "+1",
	                                  " 1",
	                                  "1 ",
	                                  "-",
	                                  "--1",
	                                  "1s",
	                                  "99999999999999999999",
	                                  "-99999999999999999999",
	                                  NULL};

	assert_read(VMQ_OPTION_INT, good, G_N_ELEMENTS(good));
	assert_refused(VMQ_OPTION_INT, bad, "write a whole number");
}
END_TEST

START_TEST(durations_carry_a_unit)
{
	static const Reading     good[] = {{"250ms", 250},    {"30s", 30000},    {"5m", 300000},
	                                   {"24h", 86400000}, {"7d", 604800000}, {"0", 0},
	                                   {"0s", 0}};
	static const char *const bad[] = {"30",  "s",  "1 s", "1min",  "1.5s",
	                                  "-1s", "-0", "1S",  "1h30m", "9223372036854775806d",
	                                  NULL};

	assert_read(VMQ_OPTION_DURATION, good, G_N_ELEMENTS(good));
	assert_refused(VMQ_OPTION_DURATION, bad,
	               "write a number with a unit: 250ms, 30s, 5m, 24h, 7d");
}
END_TEST

START_TEST(sizes_are_bytes_or_carry_a_unit)
{
	static const Reading good[] = {
		{"512", 512},       {"512B", 512},    {"64KiB", 65536},           {"1MiB", 1048576},
		{"2kB", 2000},      {"3MB", 3000000}, {"2GiB", INT64_C(1) << 31}, {"0", 0},
		{"1GB", 1000000000}};
	static const char *const bad[] = {"1K",  "1mib",  "1KB",
	                                  "-1",  "-1MiB", "1.5MiB",
	                                  "MiB", "1 MiB", "9223372036854775806KiB",
	                                  NULL};

	assert_read(VMQ_OPTION_SIZE, good, G_N_ELEMENTS(good));
	assert_refused(VMQ_OPTION_SIZE, bad,
	               "write a number of bytes, or one with a unit: 512, 64KiB, 1MiB, 2GiB");
}
END_TEST

START_TEST(addresses_have_a_host_and_a_port)
{
	static const char *const good[] = {
		"localhost:1883", "192.0.2.1:0", "node-1.example.:65535", "[2001:db8::1]:1883",
		"[::]:1883",      "a_b:1",       "[::ffff:192.0.2.1]:1"};
	static const char *const bad[] = {
		"",
		"localhost",
		":1883",
		"localhost:",
		"localhost:65536",
		"host:12x",
		"host:+1",
		"::1:1883",
		"2001:db8::1:1",
		"[]:1883",
		"[x]:1883",
		"[::1]1883",
		"[::1:1883",
		"[192.0.2.1]:1",
		"a b:1",
		"*:1883",
		"[:1883",
		"http://x:80",
		"x:99999999999999999999",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(good); i++)
		ck_assert_msg(value_is_address(good[i]), "%s", good[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
		ck_assert_msg(!value_is_address(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(numbers_are_written_as_they_are_read)
{
	static const struct {
		VmqOptionType type;
		int64_t       value;
		const char   *text;
	} writings[] = {
		{VMQ_OPTION_INT, 65535, "65535"},       {VMQ_OPTION_INT, -1, "-1"},
		{VMQ_OPTION_DURATION, 90000, "90s"},    {VMQ_OPTION_DURATION, 86400000, "1d"},
		{VMQ_OPTION_DURATION, 1, "1ms"},        {VMQ_OPTION_DURATION, 0, "0"},
		{VMQ_OPTION_SIZE, 1048576, "1MiB"},     {VMQ_OPTION_SIZE, 1536, "1536"},
		{VMQ_OPTION_SIZE, 268435456, "256MiB"}, {VMQ_OPTION_SIZE, 0, "0"},
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(writings); i++) {
		g_autofree char *text = value_format(writings[i].type, writings[i].value);
		const char      *complaint;
		int64_t          value;

		ck_assert_str_eq(text, writings[i].text);
		ck_assert(value_parse(writings[i].type, text, &value, &complaint));
		ck_assert_int_eq(value, writings[i].value);
	}
}
END_TEST

UNIT_MAIN("value", booleans_are_six_words, integers_are_decimal_and_whole, durations_carry_a_unit,
          sizes_are_bytes_or_carry_a_unit, addresses_have_a_host_and_a_port,
          numbers_are_written_as_they_are_read)
