/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - what the text of a scalar means: booleans, numbers, durations, sizes, addresses
 *
 * Fails: false with a complaint that says what to write.
 */
#pragma once

#include <vibemq/conf.h>

/* BOOL, INT, DURATION (ms), SIZE (bytes); `complaint` is a static string. */
bool value_parse(VmqOptionType type, const char *text, int64_t *value, const char **complaint);

/* "host:port", "192.0.2.1:1883", "[2001:db8::1]:1883" */
bool value_is_address(const char *text);

/* As one would write it: 90000 of DURATION is "90s". The caller frees it. */
char *value_format(VmqOptionType type, int64_t value);
