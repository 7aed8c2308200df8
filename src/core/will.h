/* SPDX-License-Identifier: Apache-2.0 */
/*
 * will.h - what a client leaves to be said when it is gone [MQTT-3.1.2-8]
 *
 * Owner:   a session.   Memory: copies of all it holds.
 */
#pragma once

#include <vibemq/message.h>

typedef struct Will Will;

/*
 * Copies what the draft points to; of its client the names, for it will be gone.
 * `delay_s`: Will Delay Interval.
 */
Will    *will_new(const VmqDraft *draft, uint32_t delay_s);
void     will_free(Will *will); /* NULL is fine */
uint32_t will_delay_s(const Will *will);
void     will_publish(const Will *will, VmqAddr publisher);
