/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - whoever takes delivery: a session, a link to a peer, a bridge
 *
 * A sink lives on the worker that opened it and is named by its address. It is
 * granted filters; what matches one of them is delivered, once per message,
 * however many of its filters match.
 *
 * Threads: all calls on the sink's own worker; deliver() comes there too.
 */
#pragma once

#include <vibemq/message.h>

G_BEGIN_DECLS

typedef enum {
	VMQ_GRANT_NO_LOCAL = 1,            /* [MQTT-3.8.3-3] */
	VMQ_GRANT_RETAIN_AS_PUBLISHED = 2, /* [MQTT-3.3.1-12] */
	VMQ_GRANT_RELAY = 4,               /* not a local interest; gets nothing that has an origin */
} VmqGrantFlags;

/* On what terms a sink gets a message. */
typedef struct {
	uint8_t         qos;   /* the most it may be delivered with */
	uint8_t         flags; /* VmqGrantFlags */
	uint16_t        n_ids;
	uint32_t        group; /* number of the shared group that chose this sink; 0: none did */
	const uint32_t *ids;   /* Subscription Identifiers of all filters that matched */
} VmqGrant;

typedef struct {
	/* `msg` is borrowed: take a reference to keep it. It may publish, and close its sink. */
	void (*deliver)(void *sink, VmqMsg *msg, const VmqGrant *grant);
} VmqSinkOps;

VMQ_EXPORT VmqAddr vmq_sink_open(const VmqSinkOps *ops, void *sink);

/* Takes all its grants away; no delivery comes after. */
VMQ_EXPORT void vmq_sink_close(VmqAddr addr);

/*
 * Grants `filter` (which must pass vmq_filter_is_valid()) or withdraws it. A
 * second grant of the same filter replaces the first.
 */
VMQ_EXPORT void vmq_subscribe(VmqAddr sink, const char *filter, const VmqGrant *grant);
VMQ_EXPORT void vmq_unsubscribe(VmqAddr sink, const char *filter);

/*
 * Back-pressure: publishers from whom nothing more is read until this lets them go; what was
 * read already is still delivered. For a sink that takes messages, but not as fast as they come:
 * vmq_msg_get_publisher() names whom to hold. A client is read from again when nobody holds it
 * any more. To hold one whose session is gone is nothing.
 *
 * Threads: any worker, one at a time.   Memory: the caller's; freed, it lets nobody go.
 */
typedef struct VmqHeld VmqHeld;

VMQ_EXPORT VmqHeld *vmq_held_new(void);
VMQ_EXPORT void     vmq_held_free(VmqHeld *held); /* NULL is fine */
VMQ_EXPORT bool     vmq_held_add(VmqHeld *held, VmqAddr publisher); /* false: it is no one, or held here */
VMQ_EXPORT bool     vmq_held_has(const VmqHeld *held, VmqAddr publisher);
VMQ_EXPORT bool     vmq_held_is_empty(const VmqHeld *held);
VMQ_EXPORT void     vmq_held_let_go(VmqHeld *held); /* all of them */

/* Such a sink also gets every retained publish of this node, whatever its filters. */
VMQ_EXPORT void vmq_sink_want_retained(VmqAddr sink, bool wanted);

G_END_DECLS
