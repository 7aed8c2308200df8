/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin-host.h - as much of a broker as a plugin's unit test needs
 *
 * What a plugin does to the broker is kept in `fake_host` for the test to look
 * at; offloaded work waits until the test lets it run.
 *
 * Threads: one.
 */
#pragma once

#include <vibemq/plugin.h>

struct VmqClient {
	const char *id, *username, *address;
};

typedef struct {
	GString *log; /* one line per event: "warn auth: text\n" */

	unsigned   n_answers; /* of tickets; the rest is the last one */
	VmqTicket  ticket;
	VmqVerdict verdict;
	VmqReason  reason;
} FakeHost;

extern FakeHost fake_host;

/* Lets offloaded work run and end, and destroys what was retired. Returns how much work it was. */
unsigned fake_host_turn(void);

/* Forgets the log and the answers, and sets the counters to 0. */
void fake_host_forget(void);

/* 0 when there is none of that name. */
int64_t fake_host_counter(const char *name);
