/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - when one topic filter covers another, or meets it
 *
 * To cover is stronger than to match: "a/+" matches all that a client gets from
 * "a/b", but not all that it gets from "a/#". A topic name is a filter without
 * wildcards, so the same question serves a publish and a subscription.
 *
 * Threads: any.
 * Memory:  filter_compile() allocates, nothing else does.
 */
#pragma once

#include <vibemq/types.h>

/* What %c and %u stand for. */
typedef struct {
	const char *client_id;
	const char *username; /* NULL: none */
} FilterNames;

/*
 * Makes a filter as a person writes it into one that filter_covers() takes: %c is
 * the client id, %u the user name, %% a percent sign. NULL with `error` when it is
 * no filter, is a shared one, or has another letter after a percent sign. Free
 * with g_free().
 */
char *filter_compile(const char *written, GError **error);

/* Whether a compiled filter has a %c or %u in it. */
bool filter_has_names(const char *compiled);

/*
 * Does every topic that `asked` matches match `granted`, too? `granted` is a
 * compiled filter. A name that is empty, begins with $ or holds a /, + or # would
 * stand for more than one level or one client: a filter with such a name in it
 * covers nothing.
 */
bool filter_covers(const char *granted, const char *asked, const FilterNames *names);

/* Is there a topic that both match? Both without names. */
bool filter_overlaps(const char *a, const char *b);
