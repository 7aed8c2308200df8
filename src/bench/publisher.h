/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.h - a client that publishes as much as its window or its rate lets it
 *
 * A message has a place in the window until it is done, that is until each of its
 * receivers has it (PACE_DELIVERED), it is acknowledged (PACE_ACKNOWLEDGED), or
 * both. A receiver that has got a later message of the publisher instead is not
 * waited for.
 *
 * Owner:   the run.        Threads: its loop's; publisher_on_delivered() any.
 */
#pragma once

#include "bench/client.h"
#include "bench/scan.h"

typedef struct Run Run;

typedef enum { ACK_NONE, ACK_PUBACK, ACK_PUBREC, ACK_PUBCOMP } AwaitedAck;

/* A place in the window. Its index is that of the message, modulo how many places there are. */
typedef struct {
	uint32_t seq;     /* atomic */
	uint32_t waiting; /* atomic: events until the message is done; 0: the place is free */
	uint32_t sent_ms;
	uint32_t awaited; /* AwaitedAck */
} PublisherPlace;

struct Publisher {
	Client          client;
	uint32_t        id;
	uint32_t        topic, source; /* the how-many-th publisher to the topic it is */
	uint32_t        n_receivers;   /* of each message, if they are the same */
	uint32_t        n_probe_receivers;
	uint8_t        *head; /* of a packet, up to the payload */
	size_t          head_size, packet_size;
	size_t          packet_id_at; /* in the head; 0: none */
	size_t          topic_at;
	bool            waits_for_delivery;
	uint64_t        seq, most; /* of the next message, and how many there are to be */
	uint64_t        window, in_flight;
	PublisherPlace *places;
	uint32_t        mask; /* how many places, less one */
	Publisher      *next_ready, *next_inbox;
	bool            is_ready;
	bool            is_in_inbox;     /* atomic */
	uint32_t        done_elsewhere;  /* atomic: messages that other threads saw done */
	uint32_t        rank;            /* among those of its loop: staggers the rate */
	uint32_t        probe, n_probed; /* atomic: the last probe, and who got it */
	int64_t         probe_again_ns, probe_pause_ns;
};

/* How many publishers a subscriber of the topic hears. */
unsigned publisher_count_sources(const Run *run, unsigned topic);

void publisher_init(Publisher *publisher, Run *run, unsigned id);
void publisher_clear(Publisher *publisher);

/* Publishes what it may now. */
void publisher_go(Publisher *publisher);

/* A subscriber served by `here` has message `seq`, or will not get it any more. */
void publisher_on_delivered(Publisher *publisher, Loop *here, uint32_t seq);

/* Takes what other threads have counted. */
void publisher_on_news(Publisher *publisher);

/* PUBACK, PUBREC or PUBCOMP; what is to be said to it is in loop->out. */
void publisher_on_ack(Publisher *publisher, const Frame *frame);

/* How many messages the broker takes before it acknowledges: its Receive Maximum. */
void publisher_on_receive_maximum(Publisher *publisher, uint16_t maximum);

/* Frees the places of messages that are not done after so long. */
void publisher_give_up(Publisher *publisher, int64_t patience_ns);

/* From now on it publishes once more to all its topics, that they retain nothing. */
void publisher_start_clearing(Publisher *publisher);

/* Asks for a PINGRESP behind all that it has published. */
void publisher_ping(Publisher *publisher);

/* Sends a message that is not counted, unless one has arrived everywhere or is young. */
void publisher_probe(Publisher *publisher);
void publisher_on_probed(Publisher *publisher, Run *run, uint32_t probe);
