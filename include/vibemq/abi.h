/* SPDX-License-Identifier: Apache-2.0 */
/* abi.h - what a plugin and the broker must agree on before they meet */
#pragma once

/*
 * Raised whenever a struct or function in these headers changes so that a
 * plugin built before no longer fits. The broker refuses a plugin whose number
 * differs, and names both numbers.
 */
#define VMQ_ABI_VERSION 3u

/* Marks what leaves a shared object; everything else is hidden. */
#define VMQ_EXPORT __attribute__((visibility("default")))
