/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.h - a few threads for what may block: vmq_offload() in loop.h
 *
 * Owner:   broker.c.        Threads: offload_stop() on control.
 * Memory:  `data` is the job's until done() has it. offload_stop() waits for the
 *          jobs that are queued; their done() runs, if its worker is already
 *          gone on the calling thread.
 */
#pragma once

#include <vibemq/loop.h>

#define OFFLOAD_MAX_THREADS 4

void offload_stop(void);
