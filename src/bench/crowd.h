/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd.h - the clients of a run together: they come, prove, publish, drain and go
 *
 * Fails:   what answers bool is false when the run cannot go on; run->failure says why.
 */
#pragma once

#include "bench/result.h"
#include "bench/run.h"

/* Clients in threads one after the other, so that pairs stay together. */
void crowd_make_subscribers(Run *run);
void crowd_make_publishers(Run *run);

/* All that were made, and are not there yet, connect and subscribe. */
bool crowd_gather(Run *run);

/* Plain clients, which stay; a stage of the result. */
bool crowd_gather_idle(Run *run, unsigned n, const char *stage, Result *result);

/* Each publisher shows, by a message that is not counted, that it reaches its subscribers. */
bool crowd_prove(Run *run);

/* From now on publishers publish, in this and later phases, or no more. */
void crowd_start_publishing(Run *run);
void crowd_stop_publishing(Run *run);

/* For Phase: windows do not wait for ever. */
void crowd_on_tick(Loop *loop);

/* For Phase: all publishers have published all; all that was published is acknowledged, too. */
bool crowd_has_published(Run *run);

/* For Phase: all that was published has arrived, and is acknowledged. */
bool crowd_has_received(Run *run);

void crowd_set_measuring(Run *run, bool is_measuring);

/* Messages that did not come to subscribers that should have them. */
uint64_t crowd_count_lost(Run *run);

void crowd_leave(Run *run);
