/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover.h - a set of filters as one gossip value: JSON, and short enough
 *
 * Reference nodes read our filters from one key, which one datagram must hold. A
 * set that is too long is widened: filters below the same first level become
 * "level/#", at last all of them "#". Too wide costs traffic, never messages.
 *
 * Pure.
 */
#pragma once

#include <vibemq/types.h>

/* `filters`: a set of plain filters. Compact JSON, sorted, at most `max_bytes` if it can be. */
char *cover_to_json(GHashTable *filters, size_t max_bytes);

/* The strings of a JSON array, or NULL when it is anything else. */
GPtrArray *cover_from_json(VmqBytes json);
