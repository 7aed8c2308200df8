/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <vibemq/broker.h>

#include <string.h>

/* Stand for %c and %u in a compiled filter; neither byte occurs in UTF-8. */
#define CLIENT_ID '\xFE'
#define USERNAME '\xFF'

/* What the letter after a percent sign becomes, or 0. */
static char
placeholder_of(char letter)
{
	switch (letter) {
	case 'c':
		return CLIENT_ID;
	case 'u':
		return USERNAME;
	case '%':
		return '%';
	default:
		return '\0';
	}
}

char *
filter_compile(const char *written, GError **error)
{
	if (!g_utf8_validate(written, -1, NULL) || !vmq_filter_is_valid(written)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "\"%s\" is not a topic filter",
		            written);
		return NULL;
	}
	if (g_str_has_prefix(written, "$share/")) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
		            "\"%s\": leave out $share and the group; a filter granted is granted "
		            "to share, too",
		            written);
		return NULL;
	}

	GString *compiled = g_string_new(NULL);

	for (const char *at = written; *at != '\0'; at++) {
		char byte = *at == '%' ? placeholder_of(*++at) : *at;

		if (byte == '\0') {
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			            "\"%s\": %%c (client id), %%u (user name) and %%%% are known, "
			            "no other %%",
			            written);
			g_string_free(compiled, TRUE);
			return NULL;
		}
		g_string_append_c(compiled, byte);
	}
	return g_string_free(compiled, FALSE);
}

bool
filter_has_names(const char *compiled)
{
	return strchr(compiled, CLIENT_ID) != NULL || strchr(compiled, USERNAME) != NULL;
}

static bool
is_wildcard(char byte)
{
	return byte == '+' || byte == '#';
}

static bool
can_stand_in_level(const char *name)
{
	return name != NULL && name[0] != '\0' && name[0] != '$' && strpbrk(name, "/+#") == NULL;
}

/* Whether the level granted .. granted_end is, names filled in, the level asked .. asked_end. */
static bool
is_level_equal(const char *granted, const char *granted_end, const char *asked,
               const char *asked_end, const FilterNames *names)
{
	for (; granted < granted_end; granted++) {
		const char *text = granted;
		size_t      size = 1;

		if (*granted == CLIENT_ID || *granted == USERNAME) {
			text = *granted == CLIENT_ID ? names->client_id : names->username;
			if (!can_stand_in_level(text))
				return false;
			size = strlen(text);
		}
		if ((size_t) (asked_end - asked) < size || memcmp(asked, text, size) != 0)
			return false;
		asked += size;
	}
	return asked == asked_end;
}

/* Whether what follows a level may be nothing: "a/#" matches "a", too. */
static bool
may_end(const char *rest)
{
	return *rest == '\0' || strcmp(rest, "/#") == 0;
}

bool
filter_covers(const char *granted, const char *asked, const FilterNames *names)
{
	if (*asked == '$' && is_wildcard(*granted)) /* [MQTT-4.7.2-1] */
		return false;
	if (strcmp(asked, "#") == 0) /* every topic has a first level, so "+/#" is the same */
		return strcmp(granted, "#") == 0 || strcmp(granted, "+/#") == 0;

	for (;;) {
		if (*granted == '#')
			return true;
		if (*asked == '#')
			return false;

		const char *granted_end = strchrnul(granted, '/');
		const char *asked_end = strchrnul(asked, '/');

		if (*granted != '+' && (*asked == '+' || !is_level_equal(granted, granted_end,
		                                                         asked, asked_end, names)))
			return false;
		if (*asked_end == '\0')
			return may_end(granted_end);
		if (*granted_end == '\0')
			return false;
		granted = granted_end + 1;
		asked = asked_end + 1;
	}
}

bool
filter_overlaps(const char *a, const char *b)
{
	if ((*a == '$' && is_wildcard(*b)) || (*b == '$' && is_wildcard(*a))) /* [MQTT-4.7.2-1] */
		return false;

	for (;;) {
		if (*a == '#' || *b == '#')
			return true;

		const char *a_end = strchrnul(a, '/'), *b_end = strchrnul(b, '/');

		if (*a != '+' && *b != '+' && !is_level_equal(a, a_end, b, b_end, NULL))
			return false;
		if (*a_end == '\0' || *b_end == '\0')
			return may_end(a_end) && may_end(b_end);
		a = a_end + 1;
		b = b_end + 1;
	}
}
