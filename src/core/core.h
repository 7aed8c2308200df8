/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - what all of the core stands on: the two shared trees, the limits, the counters
 *
 * Owner:   broker.c fills it before the first worker starts and empties it after
 *          the last has ended.
 * Threads: read anywhere. Limits are replaced, never edited: take the pointer once
 *          per operation, do not keep it beyond the turn.
 */
#pragma once

#include "core/counters.h"
#include "core/retained.h"
#include "core/router.h"

/* What becomes of a message for which there is no room in a client's queue. */
typedef enum { DROP_NEWEST, DROP_OLDEST, DROP_DISCONNECT } DropPolicy;

/* vibemqd.yaml(5), section limits; sizes in bytes, times in seconds unless named otherwise. */
typedef struct {
	uint32_t   max_packet_size;
	uint32_t   max_inflight;           /* unacknowledged QoS > 0 to one client */
	uint32_t   receive_maximum;        /* unfinished QoS 2 from one client */
	uint32_t   max_queued_messages;    /* per client; 0: no bound */
	uint64_t   max_queued_bytes;       /* per client; 0: no bound */
	uint32_t   max_queued_messages_total; /* of all clients; 0: no bound */
	uint64_t   max_queued_bytes_total;    /* of all clients; 0: no bound */
	uint64_t   max_inflight_bytes;        /* to one client; 0: no bound */
	uint64_t   memory_limit;              /* of the process; 0: no bound */
	uint64_t   max_handover_bytes;     /* from one worker to another, before publishers are held */
	uint64_t   max_unsent_bytes;       /* per connection, in memory because it does not read */
	uint32_t   max_subscriptions;      /* per client; 0: no bound */
	uint32_t   max_topic_levels;
	uint32_t   topic_alias_maximum;
	uint32_t   keep_alive_max_s;       /* 0: as the client wishes */
	uint32_t   session_expiry_max_s;   /* UINT32_MAX: for ever, if the client wishes */
	uint32_t   connect_timeout_ms;
	uint32_t   max_connect_size;       /* bytes of a CONNECT */
	uint32_t   max_connections;        /* 0: no bound */
	uint32_t   max_connections_per_address;  /* 0: no bound */
	uint32_t   max_connect_rate_per_address; /* a second; 0: no bound */
	bool       queue_qos0;             /* for absent clients too */
	bool       retained_available, wildcard_available;
	bool       shared_available, subscription_id_available;
	bool       check_retain_source;
	uint8_t    max_qos;
	DropPolicy drop_policy;

	/* What clients may be told; NULL: nothing. Live as long as the broker. */
	const char *server_reference, *response_information;
} Limits;

typedef struct {
	Router      *router;
	Retained    *retained;
	CoreCounters counters;
	const char  *node_id; /* interned: the name of this node in stamps, or NULL */
} Core;

extern Core core;

void core_start(unsigned n_workers, const Limits *limits, unsigned max_retained);
void core_stop(void);

const Limits *core_limits(void);
void          core_set_limits(const Limits *limits); /* control; copies */
