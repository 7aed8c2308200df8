/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - a clock that a test turns, instead of base/clock.c
 *
 * Linked before the libraries it answers for all that base/clock.h declares. It begins at some
 * time and stands still until it is turned.
 *
 * Threads: turned by one, read by any.
 */
#pragma once

#include "base/clock.h"

void fake_clock_advance(int64_t ms);
