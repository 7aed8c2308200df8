/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl.h - who may publish and subscribe what
 *
 * A role is a list of filters to publish to, one to subscribe to and one that is
 * denied. Users have roles. What no role grants is refused; what one role denies
 * is refused even if another grants it.
 *
 * A publish is granted when a filter matches its topic, a subscription when one
 * filter covers all of it. What is denied is every topic that the filter matches,
 * and every subscription that could bring one of them.
 *
 * Threads: an Acl is not changed after loading: any.
 * Memory:  acl_allows() allocates nothing.
 */
#pragma once

#include "filter.h"

#include <vibemq/hooks.h>

typedef struct Acl Acl;

/* NULL with file:line:column in `error`. */
Acl *acl_load(const char *path, GError **error);
void acl_free(Acl *acl); /* NULL is fine */

/* Whether the client so named may do it; if not, *why is set to a static string. */
bool acl_allows(const Acl *acl, VmqAccessKind kind, const char *topic, const FilterNames *names,
                const char **why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Acl, acl_free)
