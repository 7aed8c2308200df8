/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prompt.h - a password from whoever is at standard input
 *
 * A terminal is asked twice and does not show what is typed; it is put right
 * again whatever ends the asking. Anything else gives its first line, once.
 *
 * Memory: free with prompt_wipe().
 */
#pragma once

#include <glib.h>

char *prompt_password(const char *user, GError **error);
void  prompt_wipe(char *password); /* overwrites it, and frees it; NULL is fine */
