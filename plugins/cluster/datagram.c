/* SPDX-License-Identifier: Apache-2.0 */
/* datagram.c - gossip datagrams: bytes to meaning */
#include "datagram.h"

#include "reader.h"

#include <string.h>
#include <zstd.h>

#define MAGIC 45139u

typedef enum { BLOCK_END, BLOCK_ZSTD, BLOCK_RAW } BlockType;
typedef enum { OP_NODE, OP_KEY, OP_MAX_VERSION } OpTag;

/* Names of nodes are copied out of the datagram, so that they end with a NUL. */
typedef struct {
	Reader        bytes;
	GStringChunk *names;
} In;

/* ---- numbers and strings (wire protocol 2.1 to 2.3) ---- */

static void
refuse(In *in, const char *why)
{
	reader_refuse(&in->bytes, why);
}

static VmqBytes
take(In *in, size_t size)
{
	return reader_take(&in->bytes, size);
}

static uint64_t
take_le(In *in, size_t size)
{
	return reader_take_le(&in->bytes, size);
}

static bool
is_good(const In *in)
{
	return in->bytes.why == NULL;
}

static VmqBytes
take_string(In *in)
{
	return reader_check_utf8(&in->bytes, take(in, (size_t) take_le(in, 2)));
}

static NodeAddress
take_address(In *in)
{
	NodeAddress address = {.ip_version = (uint8_t) take_le(in, 1)};

	if (is_good(in) && address.ip_version != 4 && address.ip_version != 6)
		refuse(in, "an unknown IP version");

	VmqBytes ip = take(in, address.ip_version == 4 ? 4 : 16);

	if (ip.size > 0)
		memcpy(address.ip, ip.data, ip.size);
	address.port = (uint16_t) take_le(in, 2);
	return address;
}

/* Names of nodes are few and stay; one with a NUL inside could be two names to us. */
static NodeId
take_id(In *in)
{
	NodeId   id = {0};
	VmqBytes name = take_string(in);

	if (is_good(in) && name.size > 0 && memchr(name.data, 0, name.size) != NULL)
		refuse(in, "a node id with a NUL byte");
	id.generation = take_le(in, 8);
	id.address = take_address(in);
	if (is_good(in))
		id.name = g_string_chunk_insert_len(in->names, (const char *) name.data,
		                                    (gssize) name.size);
	return id;
}

/* ---- blocks (wire protocol 1.4) ---- */

static void
unpack_zstd(In *in, VmqBytes packed, GByteArray *plain)
{
	guint  before = plain->len;
	size_t size;

	g_byte_array_set_size(plain, before + BLOCK_MAX_PLAIN);
	size = ZSTD_decompress(plain->data + before, BLOCK_MAX_PLAIN, packed.data, packed.size);
	if (ZSTD_isError(size)) {
		refuse(in, "a block that does not decompress");
		size = 0;
	}
	g_byte_array_set_size(plain, before + (guint) size);
}

static GByteArray *
take_blocks(In *in, GArray *blocks)
{
	GByteArray *plain = g_byte_array_new();

	for (;;) {
		BlockType type = (BlockType) take_le(in, 1);

		if (!is_good(in) || type == BLOCK_END)
			return plain;
		if (type != BLOCK_ZSTD && type != BLOCK_RAW) {
			refuse(in, "an unknown block type");
			return plain;
		}

		VmqBytes data = take(in, (size_t) take_le(in, 2));
		guint    before = plain->len;

		if (!is_good(in))
			return plain;
		if (type == BLOCK_RAW)
			g_byte_array_append(plain, data.data, (guint) data.size);
		else
			unpack_zstd(in, data, plain);
		if (plain->len > DATAGRAM_MAX_PLAIN) {
			refuse(in, "more than it may hold when unpacked");
			return plain;
		}

		BlockInfo info = {type == BLOCK_ZSTD, (uint32_t) data.size, plain->len - before};

		g_array_append_val(blocks, info);
	}
}

static In
inside_of(const In *in, const GByteArray *plain)
{
	return (In){.bytes = {.rest = {plain->data, plain->len}, .why = in->bytes.why},
	            .names = in->names};
}

/* ---- digest (wire protocol 2.5) ---- */

static void
take_entry(In *in, GArray *digest)
{
	DigestEntry entry = {.id = take_id(in)};

	entry.heartbeat = take_le(in, 8);
	entry.gc_version = take_le(in, 8);
	entry.max_version = take_le(in, 8);
	if (is_good(in))
		g_array_append_val(digest, entry);
}

static void
take_digest(In *in, GossipMsg *msg)
{
	msg->digest = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
	if (msg->version == 0) {
		for (uint64_t n = take_le(in, 2); n > 0 && is_good(in); n--)
			take_entry(in, msg->digest);
		return;
	}

	g_autoptr(GArray) blocks = g_array_new(FALSE, FALSE, sizeof(BlockInfo));

	msg->plain_digest = take_blocks(in, blocks);
	In inside = inside_of(in, msg->plain_digest);

	while (inside.bytes.rest.size > 0)
		take_entry(&inside, msg->digest);
	if (!is_good(&inside))
		refuse(in, inside.bytes.why);
}

/* ---- delta (wire protocol 2.7) ---- */

static void
clear_delta(void *data)
{
	g_array_unref(((NodeDelta *) data)->keys);
}

static void
take_node(In *in, GossipMsg *msg)
{
	NodeDelta delta = {.id = take_id(in)};

	delta.gc_version = take_le(in, 8);
	delta.from_version = take_le(in, 8);
	if (!is_good(in))
		return;
	delta.keys = g_array_new(FALSE, FALSE, sizeof(KeyOp));
	g_array_append_val(msg->deltas, delta);
}

static void
take_key(In *in, NodeDelta *delta)
{
	KeyOp op = {.key = take_string(in), .value = take_string(in)};

	op.version = take_le(in, 8);
	op.status = (KeyStatus) take_le(in, 1);
	if (is_good(in) && op.status > STATUS_TTL)
		refuse(in, "an unknown key status");
	if (is_good(in) && op.version <= delta->max_version)
		refuse(in, "versions that do not ascend");
	if (!is_good(in))
		return;
	delta->max_version = op.version;
	g_array_append_val(delta->keys, op);
}

static void
take_op(In *in, GossipMsg *msg)
{
	OpTag      tag = (OpTag) take_le(in, 1);
	NodeDelta *delta = msg->deltas->len > 0
	                           ? &g_array_index(msg->deltas, NodeDelta, msg->deltas->len - 1)
	                           : NULL;

	if (tag == OP_NODE) {
		take_node(in, msg);
	} else if (tag != OP_KEY && tag != OP_MAX_VERSION) {
		refuse(in, "an unknown op");
	} else if (delta == NULL) {
		refuse(in, "an op before any node");
	} else if (tag == OP_KEY) {
		take_key(in, delta);
	} else {
		uint64_t said = take_le(in, 8);

		delta->max_version = MAX(delta->max_version, said);
	}
}

static int
by_id(const void *a, const void *b)
{
	const NodeDelta *const *x = a, *const *y = b;

	return node_id_compare(&(*x)->id, &(*y)->id);
}

/* A small datagram may unpack to hundreds of thousands of nodes: not each with each. */
static bool
has_twins(const GArray *deltas)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_sized_new(deltas->len);

	for (guint i = 0; i < deltas->len; i++)
		g_ptr_array_add(sorted, &g_array_index(deltas, NodeDelta, i));
	g_ptr_array_sort(sorted, by_id);
	for (guint i = 1; i < sorted->len; i++)
		if (by_id(&sorted->pdata[i - 1], &sorted->pdata[i]) == 0)
			return true;
	return false;
}

static void
take_delta(In *in, GossipMsg *msg)
{
	msg->deltas = g_array_new(FALSE, FALSE, sizeof(NodeDelta));
	g_array_set_clear_func(msg->deltas, clear_delta);
	msg->blocks = g_array_new(FALSE, FALSE, sizeof(BlockInfo));
	msg->plain = take_blocks(in, msg->blocks);

	In ops = inside_of(in, msg->plain);

	while (ops.bytes.rest.size > 0)
		take_op(&ops, msg);
	if (is_good(&ops) && has_twins(msg->deltas))
		refuse(&ops, "a node twice in one delta");
	if (!is_good(&ops))
		refuse(in, ops.bytes.why);
}

/* ---- the message ---- */

static void
take_body(In *in, GossipMsg *msg)
{
	switch (msg->type) {
	case GOSSIP_SYN:
		take_digest(in, msg);
		msg->cluster_id = take_string(in);
		break;
	case GOSSIP_SYNACK:
		take_digest(in, msg);
		take_delta(in, msg);
		break;
	case GOSSIP_ACK:
		take_delta(in, msg);
		break;
	case GOSSIP_BAD_CLUSTER:
		break;
	}
}

GossipMsg *
datagram_decode(VmqBytes data, const char **why)
{
	g_autoptr(GossipMsg) msg = g_new0(GossipMsg, 1);
	In in = {.bytes = {.rest = data}};

	msg->names = in.names = g_string_chunk_new(256);

	if (take_le(&in, 2) != MAGIC)
		refuse(&in, "no gossip: another magic number");
	msg->version = (uint8_t) take_le(&in, 1);
	if (msg->version > 1)
		refuse(&in, "an unknown protocol version");

	uint8_t type = (uint8_t) take_le(&in, 1);

	if (type > GOSSIP_BAD_CLUSTER)
		refuse(&in, "an unknown message type");
	msg->type = (GossipType) type;
	if (is_good(&in))
		take_body(&in, msg);
	if (!is_good(&in)) {
		*why = in.bytes.why;
		return NULL;
	}
	msg->trailing = in.bytes.rest.size;
	return g_steal_pointer(&msg);
}

void
gossip_msg_free(GossipMsg *msg)
{
	if (msg == NULL)
		return;
	g_clear_pointer(&msg->digest, g_array_unref);
	g_clear_pointer(&msg->deltas, g_array_unref);
	g_clear_pointer(&msg->blocks, g_array_unref);
	g_clear_pointer(&msg->plain, g_byte_array_unref);
	g_clear_pointer(&msg->plain_digest, g_byte_array_unref);
	g_clear_pointer(&msg->names, g_string_chunk_free);
	g_free(msg);
}
