/* SPDX-License-Identifier: Apache-2.0 */
/* door.c - how many may come in */
#include "net/door.h"

#include "core/core.h"
#include "core/memory.h"
#include "net/address.h"
#include "run/tally.h"
#include "run/worker.h"

#include <stdatomic.h>

#include <vibemq/log.h>

static atomic_uint n_inside;
static Tally      *addresses; /* of those inside */

void
door_open(void)
{
	addresses = tally_new();
}

void
door_close(void)
{
	g_clear_pointer(&addresses, tally_free);
}

/* ---- refusing ---- */

typedef struct {
	const char *limit; /* NULL: none is reached */
	VmqCounter  counter;
} Refusal;

static Refusal
refuse_crowd(Listener *listener, unsigned n_all, unsigned n_here)
{
	if (memory_is_short())
		return (Refusal){"limits.memory_limit", core.counters.refused_memory};

	uint32_t    most_all = core_limits()->max_connections;
	uint32_t    most_here = listener_terms(listener)->max_connections;
	const char *limit = NULL;

	if (most_all != 0 && n_all > most_all)
		limit = "limits.max_connections";
	else if (most_here != 0 && n_here > most_here)
		limit = "max_connections of its listener";
	return (Refusal){limit, core.counters.refused_full};
}

static Refusal
refuse_address(const VmqStream *stream)
{
	const Limits *limits = core_limits();
	TallyKey      key = address_key(vmq_stream_get_address(stream));
	TallyBounds   bounds = {limits->max_connections_per_address,
	                        limits->max_connect_rate_per_address};

	switch (tally_enter(addresses, &key, bounds, vmq_now_ms())) {
	case TALLY_ENTERED:
		return (Refusal){0};
	case TALLY_FULL:
		return (Refusal){"limits.max_connections_per_address",
		                 core.counters.refused_per_address};
	case TALLY_TOO_FAST:
		return (Refusal){"limits.max_connect_rate_per_address", core.counters.refused_rate};
	}
	g_assert_not_reached();
}

static void
tell(const VmqStream *stream, const Refusal *refusal)
{
	static VmqLogGate gate;
	unsigned          held;

	vmq_counter_add(refusal->counter, 1);
	if (vmq_log_gate(&gate, 10000, &held))
		vmq_warn("conn", "refused %s: %s is reached (%u more since the last such line)",
		         vmq_stream_get_address(stream), refusal->limit, held);
}

/* ---- coming and going ---- */

static void
count_out(Listener *listener)
{
	listener_count(listener, -1);
	atomic_fetch_sub_explicit(&n_inside, 1, memory_order_relaxed);
}

bool
door_enter(Listener *listener, const VmqStream *stream)
{
	unsigned n_all = atomic_fetch_add_explicit(&n_inside, 1, memory_order_relaxed) + 1;
	unsigned n_here = listener_count(listener, 1);
	Refusal  refusal = refuse_crowd(listener, n_all, n_here);

	vmq_counter_add(core.counters.connections, 1);
	if (refusal.limit == NULL)
		refusal = refuse_address(stream);
	if (refusal.limit == NULL)
		return true;
	count_out(listener);
	tell(stream, &refusal);
	return false;
}

void
door_leave(Listener *listener, const VmqStream *stream)
{
	TallyKey key = address_key(vmq_stream_get_address(stream));

	tally_leave(addresses, &key, vmq_now_ms());
	count_out(listener);
}

unsigned
door_count(void)
{
	return atomic_load_explicit(&n_inside, memory_order_relaxed);
}
