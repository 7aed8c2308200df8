/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.h - a client that subscribes, acknowledges, and verifies what comes
 *
 * Owner:   the run.        Threads: its loop's.
 */
#pragma once

#include "bench/client.h"
#include "bench/ledger.h"
#include "bench/scan.h"

typedef struct Run Run;

struct Subscriber {
	Client   client;
	uint32_t index, topic; /* the topic if each has one */
	Ledger   ledger;       /* unless messages are retained */
	uint8_t *seen;         /* else: a bit for each topic whose message came */
};

void subscriber_init(Subscriber *subscriber, Run *run, unsigned index);
void subscriber_clear(Subscriber *subscriber);

/* Appends to loop->out what it subscribes to; returns how many SUBACKs that will yield. */
uint16_t subscriber_subscribe(Subscriber *subscriber);

/* A PUBLISH or PUBREL; what is to be said to it is in loop->out. */
void subscriber_on_publish(Subscriber *subscriber, const Frame *frame, int64_t now_ns);
void subscriber_on_release(Subscriber *subscriber, const Frame *frame);
