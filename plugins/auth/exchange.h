/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - a client's SCRAM exchange, from message to verdict
 *
 * Its two steps are quick: what is slow in SCRAM, the client does.
 *
 * Owner:   `kept` of the VmqConnect.
 * Threads: the worker that asks.
 */
#pragma once

#include "passwd.h"

#include <vibemq/hooks.h>

/*
 * Takes Authentication Data: the first step if nothing is kept, else the last. With
 * VMQ_DENY come `reason` and `why`, which is "no such user" for the log alone: the client
 * is answered as if its password were wrong.
 */
VmqVerdict exchange_step(const Passwd *passwd, VmqConnect *connect);
