/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stock.h - what all queues of the broker hold together
 *
 * Every queue tells what it takes and gives. A worker sums that up for itself and adds
 * it to what all see at the end of its turn, so that no queue waits for another; what is
 * asked knows of other workers what they held a turn ago.
 *
 * Threads: any worker.
 */
#pragma once

#include "core/core.h"

void stock_add(int64_t messages, int64_t bytes); /* negative: given away */

/* Would one more message of `bytes` be above limits.max_queued_messages_total, or ..._bytes_total? */
bool stock_is_full(const Limits *limits, size_t bytes);
