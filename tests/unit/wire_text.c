/* SPDX-License-Identifier: Apache-2.0 */
/* wire_text.c - datagrams and frames as the text of the captures */
#include "wire_text.h"

#include <stdlib.h>
#include <string.h>

/* Values and payloads above this are given by length and SHA-256. */
#define LONG_BYTES 256

/* A list of filters whose JSON is above this is given by count and SHA-256. */
#define LONG_LIST_BYTES 1024

/* ---- JSON ---- */

static void
put_string(GString *out, VmqBytes text)
{
	g_string_append_c(out, '"');
	for (size_t i = 0; i < text.size; i++) {
		uint8_t     c = text.data[i];
		static const char named[] = "\bb\ff\nn\rr\tt";
		const char *name = c != 0 && c < 0x20 ? strchr(named, c) : NULL;

		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (name != NULL)
			g_string_append_printf(out, "\\%c", name[1]);
		else if (c < 0x20)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_c(out, (char) c);
	}
	g_string_append_c(out, '"');
}

static void
put_cstring(GString *out, const char *text)
{
	put_string(out, (VmqBytes){(const uint8_t *) text, strlen(text)});
}

static void
put_sum(GString *out, const char *what, size_t n, VmqBytes of)
{
	g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, of.data, of.size);

	g_string_append_printf(out, "{\"%s\":%zu,\"sha256\":\"%s\"}", what, n, sum);
}

static void
put_hex(GString *out, VmqBytes bytes)
{
	g_string_append_c(out, '"');
	for (size_t i = 0; i < bytes.size; i++)
		g_string_append_printf(out, "%02x", bytes.data[i]);
	g_string_append_c(out, '"');
}

static void
put_comma(GString *out, guint i)
{
	if (i > 0)
		g_string_append_c(out, ',');
}

/* ---- datagrams ---- */

static void
put_id(GString *out, const NodeId *id)
{
	char address[NODE_ADDRESS_BYTES];

	node_address_format(&id->address, address);
	put_cstring(out, id->name);
	g_string_append_printf(out, ",%" G_GUINT64_FORMAT ",\"%s\"", id->generation, address);
}

static void
put_digest(GString *out, const GArray *digest)
{
	g_string_append(out, ",\"digest\":[");
	for (guint i = 0; i < digest->len; i++) {
		const DigestEntry *entry = &g_array_index(digest, DigestEntry, i);

		put_comma(out, i);
		g_string_append_c(out, '[');
		put_id(out, &entry->id);
		g_string_append_printf(out,
		                       ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
		                       ",%" G_GUINT64_FORMAT "]",
		                       entry->heartbeat, entry->gc_version, entry->max_version);
	}
	g_string_append_c(out, ']');
}

static void
put_key(GString *out, const KeyOp *op)
{
	static const char *const statuses[] = {"set", "deleted", "ttl"};

	g_string_append_c(out, '[');
	put_string(out, op->key);
	g_string_append_c(out, ',');
	if (op->value.size > LONG_BYTES)
		put_sum(out, "len", op->value.size, op->value);
	else
		put_string(out, op->value);
	g_string_append_printf(out, ",%" G_GUINT64_FORMAT ",\"%s\"]", op->version,
	                       statuses[op->status]);
}

static void
put_node(GString *out, const NodeDelta *delta)
{
	g_string_append(out, "{\"node\":[");
	put_id(out, &delta->id);
	g_string_append_printf(out,
	                       "],\"gc\":%" G_GUINT64_FORMAT ",\"from\":%" G_GUINT64_FORMAT
	                       ",\"max\":%" G_GUINT64_FORMAT ",\"kvs\":[",
	                       delta->gc_version, delta->from_version, delta->max_version);
	for (guint i = 0; i < delta->keys->len; i++) {
		put_comma(out, i);
		put_key(out, &g_array_index(delta->keys, KeyOp, i));
	}
	g_string_append(out, "]}");
}

static void
put_delta(GString *out, const GossipMsg *msg)
{
	g_string_append(out, ",\"delta\":[");
	for (guint i = 0; i < msg->deltas->len; i++) {
		put_comma(out, i);
		put_node(out, &g_array_index(msg->deltas, NodeDelta, i));
	}
	g_string_append(out, "],\"blocks\":[");
	for (guint i = 0; i < msg->blocks->len; i++) {
		const BlockInfo *block = &g_array_index(msg->blocks, BlockInfo, i);

		put_comma(out, i);
		g_string_append_printf(out, "[\"%s\",%u,%u]", block->zstd ? "zstd" : "raw",
		                       block->wire, block->plain);
	}
	g_string_append_c(out, ']');
}

char *
wire_text_of_datagram(const GossipMsg *msg)
{
	static const char *const types[] = {"syn", "synack", "ack", "badcluster"};
	GString *out = g_string_new(NULL);

	g_string_printf(out, "{\"type\":\"%s\",\"version\":%u", types[msg->type], msg->version);
	if (msg->digest != NULL)
		put_digest(out, msg->digest);
	if (msg->type == GOSSIP_SYN) {
		g_string_append(out, ",\"cluster_id\":");
		put_string(out, msg->cluster_id);
	}
	if (msg->deltas != NULL)
		put_delta(out, msg);
	if (msg->trailing > 0)
		g_string_append_printf(out, ",\"trailing\":%zu", msg->trailing);
	g_string_append_c(out, '}');
	return g_string_free(out, FALSE);
}

/* ---- frames ---- */

static void
put_publish(GString *out, const Frame *frame)
{
	g_string_append(out, ",\"topic\":");
	put_string(out, frame->topic);
	g_string_append(out, ",\"payload\":");
	if (frame->payload.size > LONG_BYTES)
		put_sum(out, "len", frame->payload.size, frame->payload);
	else
		put_hex(out, frame->payload);
	g_string_append_printf(out, ",\"qos\":%u,\"retain\":%s,\"origin_node\":", frame->qos,
	                       frame->retain ? "true" : "false");
	put_string(out, frame->origin);
}

static char *
list_of(FrameStrings strings, const char *separator, bool quoted)
{
	GString *out = g_string_new(NULL);
	VmqBytes string;

	for (guint i = 0; frame_next_string(&strings, &string); i++) {
		if (i > 0)
			g_string_append(out, separator);
		if (quoted)
			put_string(out, string);
		else
			g_string_append_len(out, (const char *) string.data, (gssize) string.size);
	}
	return g_string_free(out, FALSE);
}

static void
put_list(GString *out, const char *name, const FrameStrings *strings, bool may_be_long)
{
	g_autofree char *list = list_of(*strings, ",", true);

	g_string_append_printf(out, ",\"%s\":", name);
	if (may_be_long && strlen(list) + 2 > LONG_LIST_BYTES) {
		g_autofree char *lines = list_of(*strings, "\n", false);

		put_sum(out, "count", strings->n,
		        (VmqBytes){(const uint8_t *) lines, strlen(lines)});
	} else {
		g_string_append_printf(out, "[%s]", list);
	}
}

char *
wire_text_of_frame(const Frame *frame)
{
	static const char *const types[] = {"hello",     "helloack", "publish", "subsync",
	                                    "subupdate", "ping",     "pong",    "goodbye"};
	GString *out = g_string_new(NULL);

	g_string_printf(out, "{\"type\":\"%s\"", types[frame->type]);
	if (frame->type == FRAME_HELLO || frame->type == FRAME_HELLO_ACK) {
		g_string_append(out, ",\"node_id\":");
		put_string(out, frame->node_id);
		g_string_append_printf(out, ",\"version\":%u", frame->version);
	} else if (frame->type == FRAME_PUBLISH) {
		put_publish(out, frame);
	} else if (frame->type == FRAME_SUBSCRIPTION_SYNC) {
		put_list(out, "filters", &frame->added, true);
	} else if (frame->type == FRAME_SUBSCRIPTION_UPDATE) {
		put_list(out, "added", &frame->added, false);
		put_list(out, "removed", &frame->removed, false);
	}
	if (frame->trailer.size > 0)
		g_string_append_printf(out, ",\"trailing\":%zu", frame->trailer.size);
	if (!frame->canonical)
		g_string_append(out, ",\"canonical\":false");
	g_string_append_c(out, '}');
	return g_string_free(out, FALSE);
}

/* ---- bytes ---- */

static void
put_run(GByteArray *out, uint8_t byte, gulong n)
{
	guint start = out->len;

	g_byte_array_set_size(out, start + (guint) n);
	memset(out->data + start, byte, n);
}

GByteArray *
wire_text_to_bytes(const char *hex)
{
	GByteArray *out = g_byte_array_new();
	g_auto(GStrv) words = g_strsplit(hex, " ", -1);

	for (char **word = words; *word != NULL; word++) {
		const char *star = strchr(*word, '*');

		for (const char *at = *word; *at != '\0' && at != star; at += 2) {
			uint8_t byte = (uint8_t) (g_ascii_xdigit_value(at[0]) << 4 |
			                          g_ascii_xdigit_value(at[1]));

			put_run(out, byte, star != NULL ? strtoul(star + 1, NULL, 10) : 1);
		}
	}
	return out;
}
