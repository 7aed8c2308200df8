/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver.h - the one door out: a message to all that match
 *
 * What lives on this worker gets it at once; for each other worker it goes into
 * one letter, which leaves at the end of the turn.
 *
 * Threads: any worker.
 */
#pragma once

#include "core/matches.h"
#include "core/message.h"

void deliver_send(VmqMsg *msg, const Matches *matches);

/*
 * Of messages that are going to be delivered next: asks memory for what a delivery looks at of their
 * receivers. It is for few who are others each time; for many deliver_send() asks on its way.
 */
void deliver_expect(const Matches *const *answers, unsigned n);

/* To the member of a shared group whose turn it is. False: there is none any more, and that is counted. */
bool deliver_to_group(VmqMsg *msg, uint32_t group);
