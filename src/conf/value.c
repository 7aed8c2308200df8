/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - what the text of a scalar means */
#include "conf/value.h"

#include <string.h>

typedef struct {
	const char *name;
	int64_t     factor;
} Unit;

/* From large to small: the first that divides a number is the one to write it with. */
static const Unit durations[] = {
	{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};

static const Unit sizes[] = {
	{"GiB", INT64_C(1) << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1000000000},
	{"MB", 1000000},           {"kB", 1000},     {"B", 1},         {"", 1},
};

static bool
parse_bool(const char *text, int64_t *value)
{
	static const char *const yes[] = {"true", "yes", "on", NULL};
	static const char *const no[] = {"false", "no", "off", NULL};

	*value = g_strv_contains(yes, text);
	return *value || g_strv_contains(no, text);
}

/* Digits, then a unit out of a list. */
static bool
parse_number(const char *text, const Unit *units, size_t n_units, int64_t *value)
{
	char  *end;
	gint64 number;

	if (!g_ascii_isdigit(*text) && *text != '-')
		return false;
	number = g_ascii_strtoll(text, &end, 10);
	if (end == text || number == G_MAXINT64 || number == G_MININT64)
		return false;
	if (number == 0 && *end == '\0') {
		*value = 0; /* nothing is nothing in every unit */
		return true;
	}
	for (size_t i = 0; i < n_units; i++)
		if (g_str_equal(end, units[i].name))
			return !__builtin_mul_overflow(number, units[i].factor, value);
	return false;
}

/* What has a unit is never less than nothing. */
static bool
parse_amount(const char *text, const Unit *units, size_t n_units, int64_t *value)
{
	return *text != '-' && parse_number(text, units, n_units, value);
}

bool
value_parse(VmqOptionType type, const char *text, int64_t *value, const char **complaint)
{
	static const Unit plain[] = {{"", 1}};

	switch (type) {
	case VMQ_OPTION_BOOL:
		*complaint = "write true or false";
		return parse_bool(text, value);
	case VMQ_OPTION_INT:
		*complaint = "write a whole number";
		return parse_number(text, plain, 1, value);
	case VMQ_OPTION_DURATION:
		*complaint = "write a number with a unit: 250ms, 30s, 5m, 24h, 7d";
		return parse_amount(text, durations, G_N_ELEMENTS(durations), value);
	case VMQ_OPTION_SIZE:
		*complaint = "write a number of bytes, or one with a unit: 512, 64KiB, 1MiB, 2GiB";
		return parse_amount(text, sizes, G_N_ELEMENTS(sizes), value);
	case VMQ_OPTION_STRING:
	case VMQ_OPTION_ADDRESS:
	case VMQ_OPTION_ENUM:
	case VMQ_OPTION_LIST:
	case VMQ_OPTION_SECTION:
	case VMQ_OPTION_SECTIONS:
		break;
	}
	g_assert_not_reached();
}

static bool
is_host_name(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isalnum(text[i]) && strchr("-._", text[i]) == NULL)
			return false;
	return size > 0;
}

bool
value_is_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	char       *end;

	if (colon == NULL || !g_ascii_isdigit(colon[1]))
		return false;

	guint64 port = g_ascii_strtoull(colon + 1, &end, 10);

	if (*end != '\0' || port > 65535)
		return false;
	if (*text != '[')
		return is_host_name(text, (size_t) (colon - text));
	if (colon[-1] != ']')
		return false;

	g_autofree char *inside = g_strndup(text + 1, (size_t) (colon - text - 2));

	return strchr(inside, ':') != NULL && g_hostname_is_ip_address(inside);
}

char *
value_format(VmqOptionType type, int64_t value)
{
	const Unit *units = type == VMQ_OPTION_DURATION ? durations : sizes;
	size_t      n = type == VMQ_OPTION_DURATION ? G_N_ELEMENTS(durations) : 3;

	if (type != VMQ_OPTION_DURATION && type != VMQ_OPTION_SIZE)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (value != 0 && value % units[i].factor == 0)
			return g_strdup_printf("%" G_GINT64_FORMAT "%s", value / units[i].factor,
			                       units[i].name);
	return g_strdup_printf("%" G_GINT64_FORMAT, value);
}
