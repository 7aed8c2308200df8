/* SPDX-License-Identifier: Apache-2.0 */
/* wire_text.h - datagrams and frames as the text of the captures: tests/data/README.md */
#pragma once

#include "datagram.h"
#include "frame.h"

char *wire_text_of_datagram(const GossipMsg *msg);
char *wire_text_of_frame(const Frame *frame);

/* "00ff aa*300": hex, in which a run is a byte and a count. */
GByteArray *wire_text_to_bytes(const char *hex);
