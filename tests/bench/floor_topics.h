/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor_topics.h - who gets what, as far as the floor knows
 *
 * It knows topics, and of filters with wildcards the three shapes of the load "subscriptions"
 * (src/bench/catalogue.c): behind what is the same for all, x/+/y, +/x/y and x/y/#, x and y below
 * TOPICS_SIDE. No two filters of a shape are the same there, so that three looks into a table say
 * who gets a message, where a broker has to search.
 *
 * What several want of a topic goes to all of them from the block that it was read into, which holds
 * still until topics_publish(); what is for one alone is collected for him.
 */
#pragma once

#include "floor_conn.h"

#define TOPICS_SIDE 512

void topics_init(void);
void topics_subscribe(Conn *conn, const uint8_t *filter, size_t size);
void topics_forget(Conn *conn);

/* A PUBLISH packet. Only what is collected is copied. */
void topics_take(uint8_t *packet, size_t packet_size, const uint8_t *topic, size_t size);

/* All that was taken is sent. */
void topics_publish(void);
