/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prep.h - SASLprep: one spelling for names and passwords that look the same (RFC 4013)
 *
 * Other spaces become spaces, what cannot be seen and has no meaning goes, the rest is
 * brought into normal form KC; control characters, private use and what has no character
 * are refused. Two things differ from the letter of the RFC: what has no character is as
 * GLib's Unicode knows it, not as Unicode 3.2 did; and text that mixes directions is not
 * looked for: a client that minds it cannot send it. U+200B, which some programs take for a
 * space and others for nothing, is refused.
 *
 * Threads: any.
 */
#pragma once

#include <vibemq/types.h>

/* NULL: not UTF-8, or it holds what it must not, or nothing is left. Free with g_free(). */
char *prep_text(const char *text);
