/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handover.h - how much one worker may be ahead of another
 *
 * What a worker posts to another stays in memory until that one has opened it. Clients
 * publish faster than a thousand subscribers are served, so from limits.max_handover_bytes
 * on the publishers of what is posted are held: nothing more is read from them until the
 * other worker has opened half of it. What they had sent by then is handed over all the
 * same: nothing is lost. Messages without a publisher here, those that peers relay, hold
 * nobody.
 *
 * Owner:   the core.   Threads: any worker, each for what it posts and opens.
 */
#pragma once

#include <vibemq/types.h>

/* What is not opened yet of what this worker has posted to `to`, in bytes. */
uint64_t handover_ahead(unsigned to);

/* This worker posts to `to`, before it does. */
void handover_post(unsigned to, uint64_t bytes);

/* This worker has opened what `from` posted. */
void handover_open(unsigned from, uint64_t bytes);

/* There is too much for `to`, and some of what is to be posted yet is this publisher's. */
void handover_hold(unsigned to, VmqAddr publisher);

/* Of core_stop(): no worker runs any more. */
void handover_reset(void);
