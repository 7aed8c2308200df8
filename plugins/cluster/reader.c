/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - takes bytes apart */
#include "reader.h"

#include <glib.h>
#include <string.h>

#define HIGHS UINT64_C(0x8080808080808080)

/* What is left of it behind the ASCII that it begins with, eight at a time. */
static VmqBytes
skip_ascii(VmqBytes text)
{
	for (uint64_t word; text.size >= 8; text.data += 8, text.size -= 8) {
		memcpy(&word, text.data, 8);
		if ((word & HIGHS) != 0)
			break;
	}
	while (text.size > 0 && text.data[0] < 0x80) {
		text.data++;
		text.size--;
	}
	return text;
}

/* GLib takes no NUL, so it is asked about what stands between them. */
VmqBytes
reader_check_utf8(Reader *in, VmqBytes text)
{
	VmqBytes rest = skip_ascii(text);

	while (rest.size > 0) {
		const uint8_t *nul = memchr(rest.data, 0, rest.size);
		size_t         size = nul != NULL ? (size_t) (nul - rest.data) : rest.size;

		if (!g_utf8_validate_len((const char *) rest.data, size, NULL)) {
			reader_refuse(in, "a string that is not UTF-8");
			return (VmqBytes){0};
		}
		size += nul != NULL;
		rest.data += size;
		rest.size -= size;
	}
	return text;
}
