/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - what the broker says of itself, at $SYS/broker/#
 *
 * Once per interval control reads the counters and publishes those values that have
 * changed, as retained messages of QoS 0: the work is the same for one client and for
 * a million. Names and meanings are mosquitto's, where it has them.
 *
 * $SYS is this node's own: clients cannot publish there, and what is published there is
 * neither relayed, nor pushed to peers, nor counted among the retained messages.
 *
 * Threads: control, but for sys_owns().
 */
#pragma once

#include <vibemq/types.h>

#include <string.h>

/* Every so often from now on, and at once; 0: no more, and what was said is taken back. */
void sys_say_every(unsigned interval_ms);
void sys_stop(void);

static inline bool
sys_owns(VmqBytes topic)
{
	return topic.size >= 4 && memcmp(topic.data, "$SYS", 4) == 0 &&
	       (topic.size == 4 || topic.data[4] == '/');
}
