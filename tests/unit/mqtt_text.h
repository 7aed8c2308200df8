/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt_text.h - packets written so that a person can read them
 *
 *     mqtt_text("82 { 0001 [ 0B 05 ] 'a/b' 01 }")
 *
 * Hex digits are bytes, 'text' is a string with its two bytes of length, "text" only its
 * characters, and [ … ] or { … } puts the length of what is inside in front, as a variable byte
 * integer; { may hold [. The Buf is the caller's to free.
 */
#pragma once

#include "base/buf.h"

#include <glib.h>

static inline void
mqtt_text_put_length(Buf *out, size_t from)
{
	g_autofree uint8_t *inside = g_memdup2(out->data + from, out->end - from);
	size_t              size = out->end - from;

	out->end = from;
	for (size_t left = size;; left >>= 7) {
		buf_append_u8(out, (uint8_t) ((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
		if (left <= 0x7F)
			break;
	}
	buf_append(out, inside, size);
}

static inline const char *
mqtt_text_put_quoted(Buf *out, const char *at)
{
	const char *end = strchr(at + 1, *at);
	size_t      size = (size_t) (end - at - 1);

	if (*at == '\'')
		buf_append_be16(out, (uint16_t) size);
	buf_append(out, at + 1, size);
	return end + 1;
}

static inline Buf
mqtt_text(const char *text)
{
	Buf    out = {0};
	size_t starts[2] = {0}, depth = 0;

	buf_reserve(&out, 1); /* so that no text has bytes at NULL */
	while (*text != '\0') {
		if (*text == ' ') {
			text++;
		} else if (*text == '[' || *text == '{') {
			starts[depth++] = out.end;
			text++;
		} else if (*text == ']' || *text == '}') {
			mqtt_text_put_length(&out, starts[--depth]);
			text++;
		} else if (*text == '\'' || *text == '"') {
			text = mqtt_text_put_quoted(&out, text);
		} else {
			g_assert(g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]));
			buf_append_u8(&out, (uint8_t) (g_ascii_xdigit_value(text[0]) << 4 |
			                               g_ascii_xdigit_value(text[1])));
			text += 2;
		}
	}
	return out;
}

/* Exactly as long as it is, so that a sanitizer sees the first byte too far; mqtt_text_free() it. */
static inline VmqBytes
mqtt_text_exact(const char *text)
{
	Buf      buf = mqtt_text(text);
	size_t   size = buf_size(&buf);
	uint8_t *data = g_malloc(MAX(size, 1));

	if (size > 0)
		memcpy(data, buf.data, size);
	buf_free(&buf);
	return (VmqBytes){data, size};
}

static inline void
mqtt_text_free(VmqBytes bytes)
{
	g_free((void *) bytes.data);
}
