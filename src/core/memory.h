/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - is there still memory to take?
 *
 * With limits.memory_limit, control looks ten times a second at what the process has
 * in memory, as the kernel counts it (its resident set). Above the limit, until it is a
 * twentieth below, memory is short: nothing new is let in, retained or queued. What is
 * there stays, and goes on.
 *
 * Threads: memory_is_short() anywhere; what it reads is a look old. The rest: control.
 */
#pragma once

#include <vibemq/types.h>

/* Looks, and goes on looking while there is a limit. After core_start() and core_set_limits(). */
void memory_watch(void);
void memory_unwatch(void);

bool memory_is_short(void);

uint64_t memory_now(void);  /* bytes in memory */
uint64_t memory_most(void); /* the most there have been */
