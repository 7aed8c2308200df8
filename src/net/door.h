/* SPDX-License-Identifier: Apache-2.0 */
/*
 * door.h - how many may come in
 *
 * The bounds that are looked at before a connection has said anything; a refusal is
 * counted and logged here.
 *
 * Threads: any worker. A connection may leave on another one than it came in.
 */
#pragma once

#include "net/listener.h"

#include <vibemq/stream.h>

void     door_open(void);  /* control, before there are listeners */
void     door_close(void); /* control, after the last has left */
bool     door_enter(Listener *listener, const VmqStream *stream);
void     door_leave(Listener *listener, const VmqStream *stream);
unsigned door_count(void); /* those inside */
