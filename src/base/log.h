/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - where log lines go
 *
 * Lines go to standard error, one write(2) each: with a time stamp, or, under
 * systemd (JOURNAL_STREAM is set), with a priority prefix instead.
 *
 * Threads: log_set_*() on control; writing anywhere.
 */
#pragma once

#include <vibemq/log.h>

void log_set_level(VmqLogLevel level);

/* Areas that log debug lines: shell patterns separated by commas, "conn,gossip*"; NULL for none. */
void log_set_debug(const char *globs);
