/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.h - what may have been meant by a word that nobody knows */
#pragma once

#include <vibemq/conf.h>

/* The one of `words` (NULL-terminated) that fewest typing mistakes away; NULL when none is near. */
const char *nearest_word(const char *word, const char *const *words);
