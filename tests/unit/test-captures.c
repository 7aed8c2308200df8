/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-captures.c - what real nodes said to each other
 *
 * Every datagram and frame in tests/data/captures decodes to the meaning written
 * beside it, and encodes to the same bytes again wherever only one form is possible.
 */
#include "unit.h"
#include "wire_text.h"

#include <stdio.h>
#include <string.h>

#define MAX_FRAME (64 * 1024 * 1024)

#define MAX_FRAME_BYTES (64 * 1024 * 1024)

#define N_CAPTURES 24

static struct {
	unsigned files, decoded, refused, same, packed;
} counts;

/* ---- lines of a capture ---- */

/* What stands behind the first `mark`, up to `end`; NULL: the line has no such mark. */
static char *
between(const char *line, const char *mark, const char *end)
{
	const char *at = strstr(line, mark);

	if (at == NULL)
		return NULL;
	at += strlen(mark);
	return g_strndup(at, (gsize) (strstr(at, end) - at));
}

/* The last member of a line, without the brace that ends the line. */
static char *
last_member(const char *line, const char *mark)
{
	const char *at = strstr(line, mark);

	ck_assert_ptr_nonnull(at);
	at += strlen(mark);
	return g_strndup(at, strlen(at) - 1);
}

static GByteArray *
line_bytes(const char *line)
{
	g_autofree char *hex = between(line, "\"hex\":\"", "\"");

	return hex != NULL ? wire_text_to_bytes(hex) : NULL;
}

static VmqBytes
slice(const GByteArray *bytes)
{
	return (VmqBytes){bytes->data, bytes->len};
}

static void
assert_same(const GByteArray *ours, VmqBytes theirs, const char *line)
{
	ck_assert_msg(ours->len == theirs.size, "%.300s", line);
	if (theirs.size > 0)
		ck_assert_msg(memcmp(ours->data, theirs.data, theirs.size) == 0, "%.300s", line);
}

/* ---- datagrams ---- */

static GByteArray *
ops_again(const GArray *deltas)
{
	GByteArray *ops = g_byte_array_new();

	for (guint i = 0; i < deltas->len; i++) {
		const NodeDelta *delta = &g_array_index(deltas, NodeDelta, i);

		ops_put_node(ops, &delta->id, delta->gc_version, delta->from_version);
		for (guint j = 0; j < delta->keys->len; j++)
			ops_put_key(ops, &g_array_index(delta->keys, KeyOp, j));
		if (delta->keys->len == 0 && delta->max_version > 0)
			ops_put_max_version(ops, delta->max_version);
	}
	return ops;
}

/* Cut where the reference cuts, and the same bytes inside: only zstd's own may differ. */
static void
check_delta(const GossipMsg *msg, const GByteArray *ops, const char *line)
{
	assert_same(ops, slice(msg->plain), line);
	for (guint i = 0; i < msg->blocks->len; i++) {
		const BlockInfo *block = &g_array_index(msg->blocks, BlockInfo, i);

		if (i + 1 < msg->blocks->len)
			ck_assert_uint_eq(block->plain, BLOCK_PLAIN);
		ck_assert_uint_le(block->plain, BLOCK_PLAIN);
		ck_assert(block->wire <= block->plain);
	}
}

static void
check_digest(const GossipMsg *msg, const char *line)
{
	g_autoptr(GByteArray) count = g_byte_array_new();
	g_autoptr(GByteArray) again = g_byte_array_new();

	if (msg->plain_digest == NULL)
		return;
	/* Version 0 without its count is what version 1 packs. */
	datagram_put_digest(again, msg->digest, 0);
	g_byte_array_remove_range(again, 0, 2);
	assert_same(again, slice(msg->plain_digest), line);
}

static void
encode_datagram(const GossipMsg *msg, VmqBytes theirs, const char *line)
{
	g_autoptr(GByteArray) again = g_byte_array_new();

	theirs.size -= msg->trailing;
	datagram_put_header(again, msg->type, msg->version);
	if (msg->digest != NULL)
		datagram_put_digest(again, msg->digest, msg->version);
	if (msg->type == GOSSIP_SYN)
		datagram_put_string(again, msg->cluster_id);
	check_digest(msg, line);
	if (msg->version == 0)
		assert_same(again, (VmqBytes){theirs.data, MIN(again->len, theirs.size)}, line);
	if (msg->deltas != NULL) {
		g_autoptr(GByteArray) ops = ops_again(msg->deltas);

		check_delta(msg, ops, line);
		datagram_put_delta(again, ops);
	}
	if (again->len == theirs.size && memcmp(again->data, theirs.data, theirs.size) == 0) {
		counts.same++;
	} else {
		ck_assert_msg(msg->blocks != NULL || msg->version == 1, "%.300s", line);
		counts.packed++;
	}
}

static void
check_datagram(const char *line)
{
	g_autoptr(GByteArray) bytes = line_bytes(line);

	if (bytes == NULL)
		return;

	const char *why = NULL;
	g_autoptr(GossipMsg) msg = datagram_decode(slice(bytes), &why);
	g_autofree char *meaning = last_member(line, "\"msg\":");

	if (g_str_has_prefix(meaning, "{\"undecodable\"")) {
		ck_assert_msg(msg == NULL, "%.300s", line);
		counts.refused++;
		return;
	}
	ck_assert_msg(msg != NULL, "%s: %.300s", why, line);

	g_autofree char *ours = wire_text_of_datagram(msg);

	ck_assert_str_eq(ours, meaning);
	counts.decoded++;
	encode_datagram(msg, slice(bytes), line);
}

/* ---- frames ---- */

static GPtrArray *
list_of(FrameStrings strings)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	VmqBytes   string;

	while (frame_next_string(&strings, &string))
		g_ptr_array_add(list, g_strndup((const char *) string.data, string.size));
	return list;
}

static GByteArray *
encode_frame(const Frame *frame)
{
	GByteArray      *out = g_byte_array_new();
	g_autofree char *name = g_strndup((const char *) frame->node_id.data, frame->node_id.size);
	g_autofree char *origin = g_strndup((const char *) frame->origin.data, frame->origin.size);
	g_autoptr(GPtrArray) added = list_of(frame->added);
	g_autoptr(GPtrArray) removed = list_of(frame->removed);

	switch (frame->type) {
	case FRAME_HELLO:
	case FRAME_HELLO_ACK:
		frame_put_hello(out, frame->type, name, NULL);
		break;
	case FRAME_PUBLISH:
		frame_put_publish(out,
		                  &(FramePublish){frame->topic, frame->payload, frame->qos,
		                                  frame->retain, origin},
		                  NULL);
		break;
	case FRAME_SUBSCRIPTION_SYNC:
		frame_put_sync(out, added);
		break;
	case FRAME_SUBSCRIPTION_UPDATE:
		frame_put_update(out, added, removed);
		break;
	default:
		frame_put_empty(out, frame->type);
	}
	return out;
}

/* Versions that we never say are left out; a trailer is compared elsewhere. */
static void
check_encoding(const Frame *frame, VmqBytes body, const char *line)
{
	bool is_hello = frame->type == FRAME_HELLO || frame->type == FRAME_HELLO_ACK;

	if (!frame->canonical || (is_hello && frame->version != FRAME_PROTOCOL_VERSION))
		return;

	g_autoptr(GByteArray) again = encode_frame(frame);

	g_byte_array_remove_range(again, 0, FRAME_HEAD_BYTES);
	assert_same(again, (VmqBytes){body.data, body.size - frame->trailer.size}, line);
	counts.same++;
}

static void
put_frame(GString *text, VmqBytes body, const char *line)
{
	Frame       frame;
	const char *why;

	if (text->len > 1)
		g_string_append_c(text, ',');
	if (!frame_decode(body, &frame, &why)) {
		g_string_append(text, "{\"undecodable\"}");
		counts.refused++;
		return;
	}

	g_autofree char *one = wire_text_of_frame(&frame);

	g_string_append(text, one);
	counts.decoded++;
	check_encoding(&frame, body, line);
}

/* Their reasons for a refusal are theirs. */
static char *
without_reasons(const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("\\{\"undecodable\":\"[^\"]*\"\\}", 0, 0, NULL);

	return g_regex_replace_literal(regex, text, -1, 0, "{\"undecodable\"}", 0, NULL);
}

/* The frames that end in this segment, as text; `stream` keeps the beginning of the next. */
static void
check_segment(GByteArray *stream, const char *line)
{
	g_autoptr(GByteArray) bytes = line_bytes(line);
	g_autofree char *said = last_member(line, "\"frames\":");
	g_autofree char *meaning = without_reasons(said);
	g_autoptr(GString) text = g_string_new("[");
	VmqBytes body;
	size_t   used;

	g_byte_array_append(stream, bytes->data, bytes->len);
	while (frame_cut(slice(stream), MAX_FRAME_BYTES, &body, &used) == FRAME_WHOLE) {
		put_frame(text, body, line);
		g_byte_array_remove_range(stream, 0, (guint) used);
	}
	g_string_append_c(text, ']');
	ck_assert_str_eq(text->str, meaning);
}

static void
check_link_line(GHashTable *streams, const char *line)
{
	g_autofree char *conn = between(line, "\"conn\":", ",");
	g_autofree char *dir = between(line, "\"dir\":\"", "\"");

	if (conn == NULL || dir == NULL)
		return;

	g_autofree char *name = g_strconcat(conn, dir, NULL);
	GByteArray      *stream = g_hash_table_lookup(streams, name);

	if (stream == NULL) {
		stream = g_byte_array_new();
		g_hash_table_insert(streams, g_strdup(name), stream);
	}
	check_segment(stream, line);
}

/* ---- files ---- */

static void
check_file(const char *path)
{
	g_autofree char *text = NULL;

	ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "cannot read %s", path);

	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) streams = g_hash_table_new_full(
		g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_byte_array_unref);
	unsigned before = counts.decoded;

	for (char **line = lines; *line != NULL; line++) {
		if (g_str_has_suffix(path, ".link.jsonl"))
			check_link_line(streams, *line);
		else
			check_datagram(*line);
	}
	ck_assert_msg(counts.decoded > before, "nothing in %s", path);
	counts.files++;
}

START_TEST(every_capture_decodes_to_its_meaning_and_encodes_again)
{
	const char      *top = g_getenv("VMQ_TOP_SRCDIR");
	g_autofree char *dir = g_build_filename(top, "tests", "data", "captures", NULL);
	g_autoptr(GDir) files = g_dir_open(dir, 0, NULL);

	ck_assert_ptr_nonnull(files);
	for (const char *name; (name = g_dir_read_name(files)) != NULL;) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		check_file(path);
	}
	ck_assert_uint_eq(counts.files, N_CAPTURES);
	printf("# figure: %u captures: %u datagrams and frames decoded, %u refused, %u encoded to the "
	       "same bytes, %u but for zstd's choice\n",
	       counts.files, counts.decoded, counts.refused, counts.same, counts.packed);
}
END_TEST

UNIT_MAIN("captures", every_capture_decodes_to_its_meaning_and_encodes_again)
