/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clients.h"
#include "fake/clock.h"
#include "fake/outlet.h"
#include "house.h"
#include "unit.h"

static const SessionTerms lasting = {.expiry_s = 100, .receive_maximum = UINT16_MAX};

START_TEST(a_client_finds_its_session_again)
{
	FakeOutlet outlet = {0};
	bool       present;

	house_build(1);
	Session *session = clients_claim("c", NULL, false, &present);

	ck_assert(!present);
	ck_assert_str_eq(session_client_id(session), "c");
	fake_outlet_attach(&outlet, session, &lasting);
	ck_assert(!fake_outlet_detach(&outlet, WILL_DROPPED));
	ck_assert_ptr_eq(clients_claim("c", NULL, false, &present), session);
	ck_assert(present);
	clients_claim("d", NULL, false, &present);
	ck_assert(!present);
	ck_assert_uint_eq(clients_count(), 2);
	house_tear_down();
	ck_assert_uint_eq(clients_count(), 0);
	g_string_free(outlet.said, TRUE);
}
END_TEST

START_TEST(a_clean_start_ends_the_older_session)
{
	FakeOutlet outlet = {0};
	bool       present;

	house_build(1);
	Session *session = clients_claim("c", NULL, false, &present);
	VmqAddr  older = session_addr(session);

	fake_outlet_attach(&outlet, session, &lasting);
	session_subscribe(session, &(SubscribeRequest){.filter = "a"});
	fake_outlet_detach(&outlet, WILL_DROPPED);
	session = clients_claim("c", NULL, true, &present);
	ck_assert(!present);
	ck_assert(!vmq_addr_equal(session_addr(session), older));
	ck_assert_uint_eq(router_count(core.router), 0);
	ck_assert_uint_eq(clients_count(), 1);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}
END_TEST

START_TEST(an_older_connection_is_told_to_go_and_its_session_is_taken_over)
{
	FakeOutlet outlet = {.fate = WILL_DUE};
	bool       present;

	house_build(1);
	Session *session = clients_claim("c", NULL, false, &present);

	fake_outlet_attach(&outlet, session, &lasting);
	ck_assert_ptr_eq(clients_claim("c", NULL, false, &present), session);
	ck_assert(present);
	fake_outlet_expect(&outlet, "evict");
	ck_assert(!outlet.freed);
	ck_assert_int_eq(vmq_counter_read(core.counters.takeovers), 1);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}
END_TEST

START_TEST(a_session_that_ends_with_its_connection_is_not_taken_over)
{
	FakeOutlet outlet = {0};
	bool       present;

	house_build(1);
	fake_outlet_attach(&outlet, clients_claim("c", NULL, false, &present), NULL);
	clients_claim("c", NULL, false, &present);
	ck_assert(!present);
	ck_assert(outlet.freed);
	fake_outlet_expect(&outlet, "evict");
	ck_assert_uint_eq(clients_count(), 1);
	house_tear_down();
	g_string_free(outlet.said, TRUE);
}
END_TEST

START_TEST(the_client_id_chooses_one_of_the_workers)
{
	unsigned counts[3] = {0};

	house_build(3);
	for (unsigned i = 0; i < 300; i++) {
		g_autofree char *id = g_strdup_printf("client-%u", i);
		unsigned         worker = clients_worker_for(id);

		ck_assert_uint_lt(worker, 3);
		ck_assert_uint_eq(clients_worker_for(id), worker);
		counts[worker]++;
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_gt(counts[i], 0);
	house_tear_down();
}
END_TEST

UNIT_MAIN("clients", a_client_finds_its_session_again, a_clean_start_ends_the_older_session,
          an_older_connection_is_told_to_go_and_its_session_is_taken_over,
          a_session_that_ends_with_its_connection_is_not_taken_over,
          the_client_id_chooses_one_of_the_workers)
