/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what every node said of itself: versioned keys, and how they spread
 *
 * Each node's keys carry versions that only grow; a digest says how far one knows
 * each node, a delta brings what somebody lacks, oldest first (wire protocol 3.7 and
 * 3.8, with the guards of 3.10, 3.11 and 3.13).
 *
 * Pure: time and randomness come with the calls.
 * Memory: nodes are the state's; a Node is valid until state_remove().
 */
#pragma once

#include "datagram.h"
#include "failure.h"

/* More nodes than this are not taken in: strangers cannot fill the memory. */
#define STATE_MAX_NODES 5000

/* Removed nodes that are remembered, so that old news does not bring them back (3.1). */
#define STATE_MAX_REMOVED 500

typedef struct {
	GBytes   *key, *value;
	uint64_t  version;
	KeyStatus status;
	int64_t   applied_ms;
} Key;

typedef enum { NODE_DEAD, NODE_LIVE } NodeLife; /* a node just learned is dead until it beats */

typedef struct {
	NodeId      id;           /* the name is the node's own */
	uint64_t    heartbeat, max_version, gc_version;
	GHashTable *keys;         /* GBytes -> Key */
	GPtrArray  *by_version;   /* of Key, ascending */
	Rhythm      rhythm;
	NodeLife    life;
	int64_t     died_ms;      /* when it was last seen to die, or first seen */
	int64_t     heard_ms;     /* when the last datagram of its own came; 0: never */
	NodeAddress heard_from;
	bool        introduced;   /* it was sent our keys before our first Syn (3.14) */
} Node;

typedef struct State State;

/* Told of each key that is set, the own ones too; not of those that a reset or their owner took away. */
typedef void (*StateKeyFunc)(const Node *node, const char *key, VmqBytes value, void *data);

State *state_new(const NodeId *self, StateKeyFunc on_key, void *data);
void   state_free(State *state); /* NULL is fine */

Node *state_self(State *state);
Node *state_find(State *state, const NodeId *id);

/* Finds or makes; NULL when it may not be: too many nodes, or news no newer than its removal. */
Node *state_learn(State *state, const NodeId *id, uint64_t heartbeat, int64_t now_ms);
void  state_remove(State *state, Node *node);

unsigned state_count(const State *state);
Node    *state_at(const State *state, unsigned i); /* in no order of meaning */

/* Sets an own key; the same value again is nothing. Keys are ASCII, values short. */
void state_set(State *state, const char *key, VmqBytes value, int64_t now_ms);

/* The value of a key that is not deleted; data NULL: none. */
VmqBytes node_get(const Node *node, const char *key);

/* Another node claims to know more of us than we do: our versions go above that (3.11). */
void state_outdo(State *state, uint64_t max_version, uint64_t heartbeat, int64_t now_ms);

/* We go on as the next life that nobody has had yet, with the keys that we have. */
void state_outlive(State *state, uint64_t generation);

/* Entries of all nodes with keys that `keep` lets pass; oneself is always in. */
typedef bool (*StateKeep)(const Node *node, void *data);
GArray *state_digest(const State *state, StateKeep keep, void *data);

/*
 * Ops of what `digest` lacks: new nodes first, then by how much is missing. As much
 * as fits into `budget` bytes of delta, but a single key may need up to `most`.
 * NULL digest: everything. `only`: of this node alone, unless NULL.
 */
typedef struct {
	const GArray *digest;
	size_t        budget, most;
	StateKeep     keep;
	void         *data;
	const Node   *only_first; /* goes before all others */
	GRand        *rand;
} DeltaRequest;
GByteArray *state_delta(const State *state, const DeltaRequest *request);

typedef enum {
	DELTA_APPLIED,
	DELTA_RESET, /* all was forgotten before it was applied */
	DELTA_OWN,
	DELTA_UNKNOWN,
	DELTA_GAP,
	DELTA_STALE,
	DELTA_BAD_RESET, /* a reset that is not from the beginning, or to nothing */
	DELTA_POISON,    /* a key that would kill a reference node, or an absurd version */
} DeltaVerdict;

DeltaVerdict state_apply(State *state, const NodeDelta *delta, int64_t now_ms);

/* What state_apply() would decide by the numbers alone (3.8, rules 3 to 7). */
DeltaVerdict delta_judge(uint64_t gc, uint64_t max, const NodeDelta *delta);

/* Where a delta begins for somebody who knows (gc, max) of a node (3.7). */
uint64_t delta_from(const Node *node, uint64_t gc, uint64_t max);

/* Forgets tombstones and TTL values older than `grace_ms` (3.10). */
void state_collect(State *state, int64_t grace_ms, int64_t now_ms);
