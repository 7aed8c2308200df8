/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cores.h - how many cores this process may use
 *
 * Its affinity says which, and its control group, or one above it, how much time on them: a container
 * with "--cpus 2" sees all the cores of its machine and has the time of two.
 *
 * Threads: any.
 */
#pragma once

#include <limits.h>

#define CORES_NO_BOUND UINT_MAX

/* 1 or more: those of its affinity, and no more than its control groups give time for. */
unsigned cores_available(void);

/*
 * What control groups give time for, in cores and rounded up, or CORES_NO_BOUND: of version 2
 * (cpu.max; Linux, admin-guide/cgroup-v2) and of version 1 (cpu.cfs_quota_us; scheduler/sched-bwc).
 * What cannot be read bounds nothing. `root` is the folder that has proc and sys, "/" but in tests.
 */
unsigned cores_in_control_group(const char *root);
