/* SPDX-License-Identifier: Apache-2.0 */
/* counters.c - what the core and its connections count */
#include "core/counters.h"

static const struct {
	size_t      at; /* in CoreCounters */
	const char *name, *help;
} table[] = {
#define COUNTER(field_, name_, help_) {offsetof(CoreCounters, field_), name_, help_}
	COUNTER(connections, "vibemq_connections_total", "Connections to the listeners"),
	COUNTER(refused_full, "vibemq_connections_refused_full_total",
                "Connections above max_connections"),
	COUNTER(refused_per_address, "vibemq_connections_refused_per_address_total",
                "Connections above max_connections_per_address"),
	COUNTER(refused_rate, "vibemq_connections_refused_rate_total",
                "Connections above max_connect_rate_per_address"),
	COUNTER(refused_memory, "vibemq_connections_refused_memory_total",
                "Connections closed since memory_limit was reached"),
	COUNTER(connect_packets, "vibemq_connect_packets_total", "CONNECT from clients"),
	COUNTER(connect_timeouts, "vibemq_connect_timeouts_total",
                "Handshakes that took longer than connect_timeout"),
	COUNTER(unanswered, "vibemq_unanswered_total",
                "Questions that a plugin has not answered within connect_timeout"),
	COUNTER(connects, "vibemq_connects_total", "Clients let in"),
	COUNTER(connects_refused, "vibemq_connects_refused_total", "Clients turned away"),
	COUNTER(disconnects, "vibemq_disconnects_total", "Clients gone"),
	COUNTER(takeovers, "vibemq_takeovers_total",
                "Connections closed for a newer one of their client"),

	COUNTER(packets_in, "vibemq_packets_received_total", "Packets from clients"),
	COUNTER(packets_out, "vibemq_packets_sent_total", "Packets to clients but PUBLISH"),
	COUNTER(bytes_in, "vibemq_bytes_received_total", "Bytes from clients"),
	COUNTER(bytes_out, "vibemq_bytes_sent_total", "Bytes to clients"),
	COUNTER(held_up, "vibemq_held_up_total",
                "Times that a client was not listened to since it did not read"),
	COUNTER(held_back, "vibemq_held_back_total",
                "Times that a client was not listened to since max_handover_bytes was reached"),
	COUNTER(malformed, "vibemq_malformed_packets_total", "Packets that ended their connection"),
	COUNTER(packets_too_large, "vibemq_packets_too_large_total",
                "Packets above max_packet_size or max_connect_size"),

	COUNTER(publishes_in, "vibemq_publishes_received_total", "PUBLISH from clients"),
	COUNTER(publishes_out, "vibemq_publishes_sent_total", "PUBLISH to clients"),
	COUNTER(payload_in, "vibemq_payload_bytes_received_total", "Bytes of payload from clients"),
	COUNTER(payload_out, "vibemq_payload_bytes_sent_total", "Bytes of payload to clients"),
	COUNTER(publishes_refused, "vibemq_publishes_refused_total",
                "PUBLISH not authorized or not accepted"),
	COUNTER(subscribes_refused, "vibemq_subscribes_refused_total",
                "Subscriptions above a limit of this broker"),
	COUNTER(retained_refused, "vibemq_retained_refused_total",
                "Messages not retained: max_retained_messages or memory_limit"),
	COUNTER(retained_withheld, "vibemq_retained_withheld_total",
                "Retained messages not sent: check_retain_source"),
	COUNTER(dropped_queue_full, "vibemq_dropped_queue_full_total",
                "Messages lost to a client's full queue"),
	COUNTER(dropped_all_queues_full, "vibemq_dropped_all_queues_full_total",
                "Messages lost to the bounds of all queues together"),
	COUNTER(dropped_memory, "vibemq_dropped_memory_total",
                "Messages not queued since memory_limit was reached"),
	COUNTER(dropped_unsent, "vibemq_dropped_unsent_total",
                "QoS 0 messages lost to a client that does not read"),
	COUNTER(dropped_expired, "vibemq_dropped_expired_total",
                "Messages that expired while they waited"),
	COUNTER(dropped_too_large, "vibemq_dropped_too_large_total",
                "Messages above a client's Maximum Packet Size"),
	COUNTER(dropped_with_member, "vibemq_dropped_with_member_total",
                "Messages of shared groups that ended with a member's session"),
	COUNTER(wills, "vibemq_wills_total", "Will Messages published"),

	COUNTER(messages, "vibemq_messages", "Messages in memory"),
	COUNTER(message_bytes, "vibemq_message_payload_bytes", "Bytes of payload of these"),
	COUNTER(in_flight, "vibemq_messages_in_flight", "Messages sent and not acknowledged"),
	COUNTER(sessions, "vibemq_sessions", "Sessions, of present and absent clients"),
	COUNTER(sessions_expired, "vibemq_sessions_expired_total", "Sessions that expired"),
	COUNTER(subscriptions, "vibemq_subscriptions", "Subscriptions there are"),
	COUNTER(shared_subscriptions, "vibemq_shared_subscriptions",
                "Those of these that are shared"),
	COUNTER(memory_reached, "vibemq_memory_limit_reached_total",
                "Times that memory_limit was reached"),
#undef COUNTER
};

void
counters_register(CoreCounters *counters)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(table); i++) {
		VmqCounter *counter = (VmqCounter *) (void *) ((char *) counters + table[i].at);

		*counter = vmq_counter_register(table[i].name, table[i].help);
	}
}
