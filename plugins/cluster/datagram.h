/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagram.h - gossip datagrams: bytes to meaning and back
 *
 * chitchat's wire format, versions 0 and 1 (wire protocol 1 and 2). Decoding
 * applies nothing and gives the whole message or none of it.
 *
 * Pure: no sockets, no clock, no globals.
 * Memory: what is decoded points into the message, which owns it.
 */
#pragma once

#include "node_id.h"

#define DATAGRAM_MAX_BYTES 65507 /* the largest UDP payload over IPv4 */

/* What all blocks of a datagram may hold when unpacked, against bombs. */
#define DATAGRAM_MAX_PLAIN (16 * 1024 * 1024)

/* The largest block when unpacked, and the one that the reference cuts at. */
#define BLOCK_MAX_PLAIN 65535
#define BLOCK_PLAIN     16384

/* A digest beyond this kills a 0.9 node (wire protocol 3.13). */
#define DIGEST_MAX_BYTES 60000

typedef enum { GOSSIP_SYN, GOSSIP_SYNACK, GOSSIP_ACK, GOSSIP_BAD_CLUSTER } GossipType;
typedef enum { STATUS_SET, STATUS_DELETED, STATUS_TTL } KeyStatus;

typedef struct {
	NodeId   id;
	uint64_t heartbeat, gc_version, max_version;
} DigestEntry;

typedef struct {
	VmqBytes  key, value;
	uint64_t  version;
	KeyStatus status;
} KeyOp;

typedef struct {
	NodeId   id;
	uint64_t gc_version, from_version;
	uint64_t max_version; /* of the last key, or as said, or 0 */
	GArray  *keys;        /* of KeyOp, versions ascending */
} NodeDelta;

/* How a delta or digest was cut and packed; for tests and the curious. */
typedef struct {
	bool     zstd;
	uint32_t wire, plain;
} BlockInfo;

typedef struct {
	GossipType type;
	uint8_t    version;    /* 0 or 1 */
	GArray    *digest;     /* of DigestEntry; SYN and SYNACK */
	VmqBytes   cluster_id; /* SYN */
	GArray    *deltas;     /* of NodeDelta; SYNACK and ACK */
	GArray    *blocks;     /* of BlockInfo: the delta's */
	size_t     trailing;   /* bytes after the end, which mean nothing */

	GByteArray   *plain, *plain_digest; /* unpacked blocks, which the slices point into */
	GStringChunk *names;
} GossipMsg;

/* NULL with a static reason when it must be refused. `data` must outlive the message. */
GossipMsg *datagram_decode(VmqBytes data, const char **why);
void       gossip_msg_free(GossipMsg *msg); /* NULL is fine */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GossipMsg, gossip_msg_free)

/* ---- writing ---- */

void   datagram_put_header(GByteArray *out, GossipType type, uint8_t version);
void   datagram_put_digest(GByteArray *out, const GArray *digest, uint8_t version);
void   datagram_put_string(GByteArray *out, VmqBytes text);
void   datagram_put_delta(GByteArray *out, const GByteArray *ops); /* in blocks, packed where smaller */
size_t datagram_digest_entry_size(const NodeId *id);

/* Ops are gathered plain, and put as a delta at the end. */
void   ops_put_node(GByteArray *ops, const NodeId *id, uint64_t gc_version, uint64_t from_version);
void   ops_put_key(GByteArray *ops, const KeyOp *op);
void   ops_put_max_version(GByteArray *ops, uint64_t max_version);
size_t ops_node_size(const NodeId *id);
size_t ops_key_size(const KeyOp *op);
#define OPS_MAX_VERSION_SIZE 9

/* The most that `plain` bytes of ops can take on the wire. */
size_t datagram_delta_bound(size_t plain);
