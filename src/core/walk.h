/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - retained messages on their way to a new subscription
 *
 * What matched when the subscription was made, worked off as fast as the client reads. It
 * is looked up when the walk begins, so that one that waits behind others holds nothing,
 * and "#" on a full store needs no more memory than pointers. What was replaced meanwhile
 * is left out: its newer one came as a live message. So is what its publisher may not
 * publish any more.
 *
 * Owner:   one session.        Threads: the session's worker only.
 */
#pragma once

#include "core/message.h"

#include <vibemq/sink.h>

typedef struct Walk Walk;

/* Of what is there now. `reader` gets none of its own with No Local. */
Walk *walk_new(const char *filter, const VmqGrant *grant, VmqAddr reader);
void  walk_free(Walk *walk);                               /* NULL is fine */

/* Begins it, if it has not. Whether there is anything, or anything left. */
bool walk_begin(Walk *walk);

/* The next message of one that has begun, borrowed until the next call; NULL at the end. */
VmqMsg  *walk_next(Walk *walk);
VmqGrant walk_grant(const Walk *walk);
bool     walk_is_of(const Walk *walk, const char *filter);
