/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet.h - a connection that only writes down what its session says
 *
 * Each thing said is one word, words are separated by blanks:
 *
 *     a/b=hello            PUBLISH at QoS 0
 *     a/b=hello@1#7        at QoS 1 with packet identifier 7
 *     …!                   with DUP;  …^ with RETAIN;  …:3,4 with these Subscription Identifiers
 *     rel#7                PUBREL
 *     close:97  evict      close() with this reason in hex; evict()
 *
 * Owner:   a test.
 */
#pragma once

#include "core/session.h"

typedef struct {
	Session *session;
	GString *said;
	unsigned expected;  /* how often something was said to be coming */
	unsigned room;      /* how many PUBLISH it takes before has_room() says no */
	size_t   max_size;  /* of topic and payload; larger ones are "too large" */
	bool     freed;     /* the session ended when it was evicted */
	WillFate fate;      /* of the will when it is evicted */
} FakeOutlet;

/* Attaches one with much room; `terms` NULL: session ends with the connection. */
void fake_outlet_attach(FakeOutlet *outlet, Session *session, const SessionTerms *terms);

/* The connection is gone; true when the session is, too. */
bool fake_outlet_detach(FakeOutlet *outlet, WillFate fate);

/* What was said since the last time; the caller frees it. */
char *fake_outlet_take(FakeOutlet *outlet);

/* ck_assert that these words were said, and no others. */
#define fake_outlet_expect(outlet_, words_)                     \
	do {                                                    \
		char *said_ = fake_outlet_take(outlet_);        \
		ck_assert_str_eq(said_, words_);                \
		g_free(said_);                                  \
	} while (0)
