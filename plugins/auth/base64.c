/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <string.h>

bool
base64_decode(const char *text, size_t length, uint8_t *bytes, size_t room, size_t *size)
{
	if (length == 0 || length % 4 != 0 || length / 4 * 3 > room + 2)
		return false;

	g_autofree char   *copy = g_strndup(text, length);
	g_autofree guchar *decoded = g_base64_decode(copy, size);
	g_autofree char   *again = g_base64_encode(decoded, *size);

	/* GLib skips what is no Base64, and we take no such thing for a hash. */
	if (*size == 0 || *size > room || strcmp(copy, again) != 0)
		return false;
	memcpy(bytes, decoded, *size);
	return true;
}
