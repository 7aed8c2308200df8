/* SPDX-License-Identifier: Apache-2.0 */
/* frame_priv.h - what the reader and the writer of frames must agree on */
#pragma once

/* bincode's markers of longer numbers (wire protocol 6.5). */
#define MARK_U16 0xFB
#define MARK_U32 0xFC
#define MARK_U64 0xFD

/* How a trailer begins: two letters and a version. */
#define TRAILER_TAG       "MX\001"
#define TRAILER_TAG_BYTES 3
