/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_priv.h - the router from inside
 *
 * router.c is who comes and goes, router_match.c who wants a topic.
 */
#pragma once

#include "core/router.h"
#include "core/tree.h"
#include "run/brlock.h"

#include <vibemq/broker.h>

/*
 * Grants by address, so that one is found by halving and a match of one filter is sorted.
 * Most filters have one, which needs no block of its own: a list stays where it is.
 */
typedef struct {
	Match   *items; /* or &one */
	uint32_t n, room;
	Match    one;
} GrantList;

typedef struct Group Group;
struct Group {
	Group       *next;
	GrantList    members;
	uint64_t     n_away;
	bool        *away; /* beside members.items */
	_Atomic uint next_member;
	uint32_t     number; /* what its deliveries are known by */
	size_t       name_size;
	char         name[];
};

/* What hangs on a node of the tree: one plain filter. */
typedef struct {
	GrantList grants;
	Group    *groups;
	uint32_t  n_local;
} Filter;

struct Router {
	Brlock   *lock;
	TreeNode *root;
	GrantList retained;
	unsigned  n_grants;

	GHashTable *groups; /* by number */
	uint32_t    last_group;

	_Atomic uint32_t generation;
};

static inline bool
match_is_local(const Match *item)
{
	return !(item->flags & VMQ_GRANT_RELAY);
}
