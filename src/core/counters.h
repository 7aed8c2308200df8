/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h - what the core and its connections count; names and meanings are in counters.c
 *
 * What is no total is a gauge: it is added to and taken from.
 *
 * Owner:   core.c.        Threads: added to anywhere.
 */
#pragma once

#include <vibemq/metrics.h>

typedef struct {
	/* Connections. */
	VmqCounter connections, refused_full, refused_per_address, refused_rate, refused_memory;
	VmqCounter connect_packets, connect_timeouts, connects, connects_refused, disconnects;
	VmqCounter takeovers, unanswered;

	/* Packets and bytes. */
	VmqCounter packets_in, packets_out, bytes_in, bytes_out, malformed, packets_too_large, held_up,
		held_back;

	/* Messages. */
	VmqCounter publishes_in, publishes_out, payload_in, payload_out;
	VmqCounter publishes_refused, subscribes_refused, retained_refused, retained_withheld;
	VmqCounter dropped_queue_full, dropped_all_queues_full, dropped_memory, dropped_unsent;
	VmqCounter dropped_expired, dropped_too_large, dropped_with_member;
	VmqCounter wills;

	/* What there is. */
	VmqCounter messages, message_bytes, in_flight;
	VmqCounter sessions, sessions_expired, subscriptions, shared_subscriptions;
	VmqCounter memory_reached;
} CoreCounters;

void counters_register(CoreCounters *counters);
