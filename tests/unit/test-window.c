/* SPDX-License-Identifier: Apache-2.0 */
#include "core/window.h"
#include "messages.h"
#include "unit.h"

static VmqMsg *msg;

static Delivery
delivery(uint8_t qos)
{
	static const VmqGrant grant = {.qos = 2};

	if (msg == NULL)
		msg = message_of("a", "x", 2);
	return delivery_new(msg, &grant, qos, false);
}

static uint16_t
add(Window *window)
{
	InFlight *flight = window_add(window, delivery(1));

	window_mark_sent(window, flight);
	return flight->packet_id;
}

static void
finish(Window *window, uint16_t packet_id)
{
	InFlight *flight = window_find(window, packet_id);

	ck_assert_ptr_nonnull(flight);
	ck_assert_uint_eq(flight->packet_id, packet_id);
	window_finish(window, flight);
}

static void
end(Window *window)
{
	window_clear(window);
	g_clear_pointer(&msg, vmq_msg_unref);
}

START_TEST(identifiers_are_given_in_a_row_and_never_zero)
{
	Window window = {0};

	for (unsigned i = 0; i < 70000; i++) {
		uint16_t id = add(&window);

		ck_assert_uint_eq(id, i % 65535 + 1);
		finish(&window, id);
		ck_assert_uint_eq(window_count(&window), 0);
	}
	end(&window);
}
END_TEST

START_TEST(what_is_not_in_flight_is_not_found)
{
	Window window = {0};

	ck_assert_ptr_null(window_find(&window, 1));
	add(&window);
	add(&window);
	add(&window);
	finish(&window, 2); /* before the one before it */
	ck_assert_ptr_null(window_find(&window, 2));
	ck_assert_ptr_null(window_find(&window, 0));
	ck_assert_ptr_null(window_find(&window, 4));
	ck_assert_ptr_nonnull(window_find(&window, 1));
	ck_assert_uint_eq(window_count(&window), 2);
	end(&window);
}
END_TEST

START_TEST(a_received_message_is_the_clients_and_keeps_its_identifier)
{
	Window    window = {0};
	InFlight *flight = window_add(&window, delivery(2));
	uint16_t  id = flight->packet_id;

	window_received(&window, flight);
	window_received(&window, flight); /* PUBREC may come again */
	ck_assert_ptr_eq(window_find(&window, id), flight);
	ck_assert_ptr_null(flight->delivery.msg);
	ck_assert_uint_eq(flight->delivery.qos, 2);
	finish(&window, id);
	ck_assert_ptr_null(window_find(&window, id));
	end(&window);
}
END_TEST

START_TEST(a_new_connection_gets_everything_again_in_order)
{
	Window    window = {0};
	InFlight *flight;

	for (unsigned i = 0; i < 5; i++)
		add(&window);
	ck_assert_ptr_null(window_next_unsent(&window));
	finish(&window, 2);
	window_rewind(&window);
	for (uint16_t id = 1; id <= 5; id++) {
		if (id == 2)
			continue;
		flight = window_next_unsent(&window);
		ck_assert_ptr_nonnull(flight);
		ck_assert_uint_eq(flight->packet_id, id);
		window_mark_sent(&window, flight);
	}
	ck_assert_ptr_null(window_next_unsent(&window));
	ck_assert_uint_eq(window.n_sent, 4);
	end(&window);
}
END_TEST

START_TEST(two_that_stay_for_ever_keep_their_identifiers_to_themselves)
{
	Window window = {0};

	add(&window);
	for (uint16_t id = 2; id < 40000; id++)
		finish(&window, add(&window));
	ck_assert_uint_eq(add(&window), 40000);
	for (unsigned i = 0; i < 200000; i++) {
		uint16_t id = add(&window);

		ck_assert_uint_ne(id, 1);
		ck_assert_uint_ne(id, 40000);
		finish(&window, id);
	}
	ck_assert_uint_eq(window_count(&window), 2);
	end(&window);
}
END_TEST

static void
finish_at_random(Window *window, GRand *dice, GArray *open, bool *used)
{
	guint    at = (guint) g_rand_int_range(dice, 0, (int) open->len);
	uint16_t id = g_array_index(open, uint16_t, at);

	finish(window, id);
	ck_assert_ptr_null(window_find(window, id));
	used[id] = false;
	g_array_remove_index(open, at);
}

/* `most` in flight, finished mostly in order, some of them very late. */
static void
run_against_a_table(unsigned most, unsigned rounds)
{
	g_autoptr(GRand) dice = g_rand_new_with_seed(most);
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(uint16_t));
	g_autofree bool *used = g_new0(bool, 65536);
	Window           window = {0};

	for (unsigned i = 0; i < rounds; i++) {
		if (open->len == most) {
			finish_at_random(&window, dice, open, used);
			continue;
		}

		uint16_t id = add(&window);

		ck_assert_uint_ne(id, 0);
		ck_assert_msg(!used[id], "%u is in use", id);
		used[id] = true;
		g_array_append_val(open, id);
		ck_assert_uint_eq(window_count(&window), open->len);
		ck_assert_uint_eq(window.n_sent, open->len);

		uint16_t other = (uint16_t) g_rand_int_range(dice, 0, 65536);

		ck_assert((window_find(&window, other) != NULL) == used[other]);
	}
	end(&window);
}

START_TEST(no_identifier_is_given_twice_in_whatever_order_they_are_freed)
{
	run_against_a_table(1, 150000);
	run_against_a_table(3, 300000);
	run_against_a_table(32, 300000);
	run_against_a_table(300, 300000);
}
END_TEST

START_TEST(nearly_all_identifiers_can_be_in_flight)
{
	Window window = {0};

	for (unsigned i = 0; i < 65534; i++)
		ck_assert_uint_eq(add(&window), i + 1);
	finish(&window, 30000);
	ck_assert_uint_eq(add(&window), 65535);
	ck_assert_uint_eq(window_count(&window), 65534);
	finish(&window, 20000);
	ck_assert_uint_ne(add(&window), 65535);
	end(&window);
}
END_TEST

START_TEST(of_two_that_are_free_among_all_one_is_given_the_longest_way_round)
{
	Window   window = {0};
	uint16_t is_free = 65535;

	for (unsigned i = 0; i < 65534; i++)
		ck_assert_uint_eq(add(&window), i + 1);
	for (uint16_t freed = 30000; freed > 28000; freed--) {
		finish(&window, freed);

		uint16_t given = add(&window);

		ck_assert(given == freed || given == is_free);
		is_free = given == freed ? is_free : freed;
		ck_assert_ptr_null(window_find(&window, is_free));
		ck_assert_uint_eq(window_count(&window), 65534);
	}
	end(&window);
}
END_TEST

START_TEST(what_is_sent_again_keeps_its_place_while_others_are_finished)
{
	Window window = {0};

	for (unsigned i = 0; i < 20; i++)
		add(&window);
	window_rewind(&window);
	ck_assert(!window_is_all_sent(&window));
	for (uint16_t id = 1; id <= 20; id++) {
		InFlight *flight = window_next_unsent(&window);

		ck_assert_uint_eq(flight->packet_id, id);
		window_mark_sent(&window, flight);
		if (id % 5 == 0)
			finish(&window, id - 3);
	}
	ck_assert(window_is_all_sent(&window));
	ck_assert_uint_eq(window.n_counts, 16);
	end(&window);
}
END_TEST

/* [MQTT-3.3.4-9], and 4.9: not when only PUBREL is sent again. */
START_TEST(a_received_message_counts_until_it_is_complete_but_not_on_another_connection)
{
	Window   window = {0};
	uint32_t i = 0;

	for (unsigned n = 0; n < 4; n++)
		window_mark_sent(&window, window_add(&window, delivery(2)));
	window_received(&window, window_find(&window, 2));
	window_received(&window, window_find(&window, 4));
	ck_assert_uint_eq(window.n_counts, 4);
	window_rewind(&window);
	ck_assert_uint_eq(window_next_unreleased(&window, &i)->packet_id, 2);
	window_mark_sent(&window, window_find(&window, 2));
	ck_assert_uint_eq(window_next_unreleased(&window, &i)->packet_id, 4);
	ck_assert_ptr_null(window_next_unreleased(&window, &i));
	ck_assert_uint_eq(window.n_sent, 1);
	ck_assert_uint_eq(window.n_counts, 0);
	ck_assert_uint_eq(window_next_unsent(&window)->packet_id, 1);
	end(&window);
}
END_TEST

UNIT_MAIN("window", identifiers_are_given_in_a_row_and_never_zero,
          what_is_not_in_flight_is_not_found,
          a_received_message_is_the_clients_and_keeps_its_identifier,
          a_new_connection_gets_everything_again_in_order,
          two_that_stay_for_ever_keep_their_identifiers_to_themselves,
          no_identifier_is_given_twice_in_whatever_order_they_are_freed,
          nearly_all_identifiers_can_be_in_flight,
          of_two_that_are_free_among_all_one_is_given_the_longest_way_round,
          what_is_sent_again_keeps_its_place_while_others_are_finished,
          a_received_message_counts_until_it_is_complete_but_not_on_another_connection)
