/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - the one door in
 *
 * Every message enters here, whoever sent it: a client, a will, a peer, a plugin. It
 * is rewritten by plugins, frozen, retained if it asks for that, matched and
 * delivered. Whether its client may publish it has been asked before.
 *
 * A message with an origin came over a link and goes to local sinks only, so that
 * it crosses at most one link: that is the whole loop protection.
 *
 * Threads: any worker, from inside a sink's deliver() too.
 * Fails:   with the reason that PUBACK carries.
 */
#pragma once

#include "core/message.h"

/* The draft's topic has been checked. */
VmqReason publish_submit(const VmqDraft *draft);

/*
 * Of messages that are going to be submitted next, if nothing comes between: their receivers are
 * looked up together, and asked of memory. Up to ROUTE_QUESTIONS_MAX; worth it while
 * publish_wants_topics() is true, which it is when topics differ from message to message.
 */
bool publish_wants_topics(void);
void publish_expect(const VmqBytes *topics, unsigned n);
