/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - the prefix that a listener puts before the topics of its clients
 *
 * Clients of a listener with the mount point "tenant1/" say "a/b" and mean
 * "tenant1/a/b"; what they are sent has the prefix taken off again. Beyond a conn
 * nobody knows of it. A mount of NULL is none.
 *
 * Pure. Memory: what is put before goes into the caller's Buf, or is the caller's.
 * Fails:   when the whole is longer than a topic may be.
 */
#pragma once

#include "base/buf.h"

/* Appends prefix and topic to `scratch`, and lets *topic be that. */
bool mount_topic(const char *mount, VmqBytes *topic, Buf *scratch);

/* The filter with the prefix, behind "$share/group/" if it is a shared one. NULL: too long. */
char *mount_filter(const char *mount, VmqBytes filter);

/* Takes the prefix off; false when it is not there, and then the topic is none of the client's. */
bool mount_strip(const char *mount, VmqBytes *topic);
