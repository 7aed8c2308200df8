/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - Base64 to the letter: what is not exactly that is refused */
#pragma once

#include <vibemq/types.h>

/* Decodes `length` characters; false unless they are Base64 of 1 to `room` bytes. */
bool base64_decode(const char *text, size_t length, uint8_t *bytes, size_t room, size_t *size);
