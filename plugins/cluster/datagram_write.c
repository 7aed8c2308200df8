/* SPDX-License-Identifier: Apache-2.0 */
/* datagram_write.c - gossip datagrams: meaning to bytes */
#include "datagram.h"

#include <zstd.h>

static void
put_le(GByteArray *out, uint64_t value, unsigned size)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t) (value >> 8 * i);
	g_byte_array_append(out, bytes, size);
}

void
datagram_put_string(GByteArray *out, VmqBytes text)
{
	g_assert(text.size <= UINT16_MAX);
	put_le(out, text.size, 2);
	if (text.size > 0)
		g_byte_array_append(out, text.data, (guint) text.size);
}

static void
put_id(GByteArray *out, const NodeId *id)
{
	datagram_put_string(out, (VmqBytes){(const uint8_t *) id->name, strlen(id->name)});
	put_le(out, id->generation, 8);
	put_le(out, id->address.ip_version, 1);
	g_byte_array_append(out, id->address.ip, id->address.ip_version == 4 ? 4 : 16);
	put_le(out, id->address.port, 2);
}

static size_t
id_size(const NodeId *id)
{
	return 2 + strlen(id->name) + 8 + 1 + (id->address.ip_version == 4 ? 4 : 16) + 2;
}

size_t
datagram_digest_entry_size(const NodeId *id)
{
	return id_size(id) + 24;
}

size_t
ops_node_size(const NodeId *id)
{
	return 1 + id_size(id) + 16;
}

size_t
ops_key_size(const KeyOp *op)
{
	return 1 + 2 + op->key.size + 2 + op->value.size + 8 + 1;
}

void
ops_put_node(GByteArray *ops, const NodeId *id, uint64_t gc_version, uint64_t from_version)
{
	put_le(ops, 0, 1);
	put_id(ops, id);
	put_le(ops, gc_version, 8);
	put_le(ops, from_version, 8);
}

void
ops_put_key(GByteArray *ops, const KeyOp *op)
{
	put_le(ops, 1, 1);
	datagram_put_string(ops, op->key);
	datagram_put_string(ops, op->value);
	put_le(ops, op->version, 8);
	put_le(ops, op->status, 1);
}

void
ops_put_max_version(GByteArray *ops, uint64_t max_version)
{
	put_le(ops, 2, 1);
	put_le(ops, max_version, 8);
}

void
datagram_put_header(GByteArray *out, GossipType type, uint8_t version)
{
	put_le(out, 45139, 2);
	put_le(out, version, 1);
	put_le(out, type, 1);
}

/* ---- blocks ---- */

/* As the reference does: a block is packed if that makes it smaller, else it goes as it is. */
static void
put_block(GByteArray *out, const uint8_t *plain, size_t size)
{
	uint8_t packed[BLOCK_PLAIN];
	size_t  packed_size = ZSTD_compress(packed, size, plain, size, 0);
	bool    raw = ZSTD_isError(packed_size);

	put_le(out, raw ? 2 : 1, 1);
	put_le(out, raw ? size : packed_size, 2);
	g_byte_array_append(out, raw ? plain : packed, (guint) (raw ? size : packed_size));
}

void
datagram_put_delta(GByteArray *out, const GByteArray *ops)
{
	for (size_t at = 0; at < ops->len; at += BLOCK_PLAIN)
		put_block(out, ops->data + at, MIN(BLOCK_PLAIN, ops->len - at));
	put_le(out, 0, 1);
}

size_t
datagram_delta_bound(size_t plain)
{
	return plain + 3 * ((plain + BLOCK_PLAIN - 1) / BLOCK_PLAIN) + 1;
}

/* ---- digest ---- */

void
datagram_put_digest(GByteArray *out, const GArray *digest, uint8_t version)
{
	g_autoptr(GByteArray) entries = g_byte_array_new();

	for (guint i = 0; i < digest->len; i++) {
		const DigestEntry *entry = &g_array_index(digest, DigestEntry, i);

		put_id(entries, &entry->id);
		put_le(entries, entry->heartbeat, 8);
		put_le(entries, entry->gc_version, 8);
		put_le(entries, entry->max_version, 8);
	}
	if (version == 1) {
		datagram_put_delta(out, entries);
		return;
	}
	put_le(out, digest->len, 2);
	g_byte_array_append(out, entries->data, entries->len);
}
