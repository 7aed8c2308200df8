/* SPDX-License-Identifier: Apache-2.0 */
#include "core/deliver.h"
#include "house.h"
#include "routes.h"
#include "unit.h"

#include <vibemq/sink.h>

#define N_WORKERS 3
#define N_SINKS   6 /* two on each worker */

/* A sink adds up what it is told; it is read when its worker is at rest. */
typedef struct {
	VmqAddr  addr;
	unsigned worker;
	unsigned n;       /* messages */
	unsigned last;    /* the number that the last one carried */
	bool     ordered; /* each number was above the one before */
	uint64_t id_sum;
} Counter;

static Counter counters[N_SINKS];

static void
on_deliver(void *data, VmqMsg *msg, const VmqGrant *grant)
{
	Counter *counter = data;
	unsigned number;

	g_assert(vmq_worker_here() == counter->worker);
	memcpy(&number, msg_payload(msg).data, sizeof(number));
	counter->ordered &= counter->n == 0 || number > counter->last;
	counter->last = number;
	counter->n++;
	for (unsigned i = 0; i < grant->n_ids; i++)
		counter->id_sum += grant->ids[i];
}

static const VmqSinkOps ops = {on_deliver};

static void
open_there(void *data)
{
	Counter *counter = data;

	*counter = (Counter){.worker = vmq_worker_here(), .ordered = true};
	counter->addr = vmq_sink_open(&ops, counter);
}

static void
close_there(void *data)
{
	vmq_sink_close(((Counter *) data)->addr);
}

static void
setup(void)
{
	house_build(N_WORKERS);
	for (unsigned i = 0; i < N_SINKS; i++)
		turn_on(i % N_WORKERS, open_there, &counters[i]);
}

static void
teardown(void)
{
	for (unsigned i = 0; i < N_SINKS; i++)
		turn_on(i % N_WORKERS, close_there, &counters[i]);
	house_tear_down();
}

/* To all sinks, with as many identifiers as the sink has as its number. */
static void
send(unsigned number)
{
	VmqDraft draft = draft_of("a", "", 0);
	Matches  matches = {0};

	draft.payload = (VmqBytes){(const uint8_t *) &number, sizeof(number)};

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);

	for (unsigned i = 0; i < N_SINKS; i++)
		for (unsigned j = 0; j < MAX(i, 1); j++)
			*matches_extend(&matches, 1) =
				(Match){.addr = counters[i].addr, .n_ids = i > 0, .id = j + 1};
	matches_merge(&matches);
	deliver_send(msg, &matches);
	matches_free(&matches);
}

START_TEST(our_own_share_comes_at_once_and_letters_after_the_turn)
{
	setup();
	send(1);
	ck_assert_uint_eq(counters[0].n, 1);
	house_settle();
	for (unsigned i = 0; i < N_SINKS; i++) {
		ck_assert_uint_eq(counters[i].n, 1);
		ck_assert_uint_eq(counters[i].id_sum, i * (i + 1) / 2);
	}
	teardown();
}
END_TEST

START_TEST(many_messages_of_a_turn_arrive_in_their_order)
{
	setup();
	for (unsigned i = 1; i <= 1000; i++)
		send(i);
	house_settle();
	for (unsigned i = 0; i < N_SINKS; i++) {
		ck_assert_uint_eq(counters[i].n, 1000);
		ck_assert(counters[i].ordered);
		ck_assert_uint_eq(counters[i].id_sum, 1000 * i * (i + 1) / 2);
	}
	teardown();
}
END_TEST

START_TEST(who_left_loses_the_letter_and_nobody_else_gets_it)
{
	VmqAddr newer[2];

	setup();
	for (unsigned i = 0; i < 2; i++) {
		VmqAddr stale = counters[i].addr;

		/* Another one has come since. */
		turn_on(i % N_WORKERS, close_there, &counters[i]);
		turn_on(i % N_WORKERS, open_there, &counters[i]);
		newer[i] = counters[i].addr;
		ck_assert(!vmq_addr_equal(newer[i], stale));
		counters[i].addr = stale;
	}
	send(1);
	house_settle();
	ck_assert_uint_eq(counters[0].n, 0);
	ck_assert_uint_eq(counters[1].n, 0);
	for (unsigned i = 2; i < N_SINKS; i++)
		ck_assert_uint_eq(counters[i].n, 1);
	for (unsigned i = 0; i < 2; i++)
		counters[i].addr = newer[i];
	teardown();
}
END_TEST

START_TEST(letters_that_nobody_opens_give_their_messages_back)
{
	setup();
	send(1);
	send(2);
	teardown(); /* what is lost here the leak sanitizer finds */
}
END_TEST

static void
send_there(void *unused)
{
	(void) unused;
	for (unsigned i = 1; i <= 1000; i++) {
		VmqDraft draft = draft_of("x", "", 0);

		draft.payload = (VmqBytes){(const uint8_t *) &i, sizeof(i)};
		publish_submit(&draft);
	}
}

START_TEST(all_workers_publish_to_all)
{
	setup();
	for (unsigned i = 0; i < N_SINKS; i++)
		router_add(core.router, "x", counters[i].addr, &(VmqGrant){0});
	for (unsigned i = 0; i < N_WORKERS; i++)
		vmq_invoke(i, send_there, NULL, NULL);

	/* All have sent; their turns have ended and letters left; these are opened. */
	for (unsigned i = 0; i < 3; i++)
		house_settle();
	for (unsigned i = 0; i < N_SINKS; i++)
		ck_assert_uint_eq(counters[i].n, N_WORKERS * 1000);
	for (unsigned i = 0; i < N_SINKS; i++)
		router_remove(core.router, "x", counters[i].addr);
	teardown();
}
END_TEST

UNIT_MAIN("deliver", our_own_share_comes_at_once_and_letters_after_the_turn,
          many_messages_of_a_turn_arrive_in_their_order,
          who_left_loses_the_letter_and_nobody_else_gets_it,
          letters_that_nobody_opens_give_their_messages_back, all_workers_publish_to_all)
