/* SPDX-License-Identifier: Apache-2.0 */
#include "prep.h"

#include <string.h>

#define ZERO_WIDTH_SPACE 0x200B

/* RFC 3454, B.1 */
static bool
is_nothing(gunichar c)
{
	return c == 0x00AD || c == 0x034F || c == 0x1806 || (c >= 0x180B && c <= 0x180D) ||
	       c == 0x200C || c == 0x200D || c == 0x2060 || (c >= 0xFE00 && c <= 0xFE0F) ||
	       c == 0xFEFF;
}

/* RFC 4013, 2.1 */
static char *
map(const char *text)
{
	GString *mapped = g_string_new(NULL);

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		if (g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR)
			g_string_append_c(mapped, ' ');
		else if (!is_nothing(c))
			g_string_append_unichar(mapped, c);
	}
	return g_string_free(mapped, FALSE);
}

#define TYPE(type) (1u << G_UNICODE_##type)

/* RFC 4013, 2.3, and what is not assigned; by category, which the tables of RFC 3454 follow. */
static bool
is_prohibited(gunichar c)
{
	const unsigned types = TYPE(CONTROL) | TYPE(FORMAT) | TYPE(LINE_SEPARATOR) |
	                       TYPE(PARAGRAPH_SEPARATOR) | TYPE(PRIVATE_USE) | TYPE(SURROGATE) |
	                       TYPE(UNASSIGNED);

	return (types >> g_unichar_type(c) & 1) != 0 || c == 0xFFFC || c == 0xFFFD ||
	       (c >= 0x2FF0 && c <= 0x2FFB);
}

char *
prep_text(const char *text)
{
	if (!g_utf8_validate(text, -1, NULL) || g_utf8_strchr(text, -1, ZERO_WIDTH_SPACE) != NULL)
		return NULL;

	g_autofree char *mapped = map(text);
	g_autofree char *normal = g_utf8_normalize(mapped, -1, G_NORMALIZE_ALL_COMPOSE);

	if (normal == NULL || *normal == '\0')
		return NULL;
	for (const char *at = normal; *at != '\0'; at = g_utf8_next_char(at))
		if (is_prohibited(g_utf8_get_char(at)))
			return NULL;
	return g_steal_pointer(&normal);
}
