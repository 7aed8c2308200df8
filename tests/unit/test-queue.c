/* SPDX-License-Identifier: Apache-2.0 */
#include "core/queue.h"
#include "house.h"
#include "unit.h"

static Delivery
delivery(const char *payload)
{
	static const VmqGrant grant = {.qos = 1};
	g_autoptr(VmqMsg) msg = message_of("a", payload, 1);

	return delivery_new(msg, &grant, 1, false);
}

static void
push_number(Queue *queue, unsigned number)
{
	g_autofree char *payload = g_strdup_printf("%u", number);

	queue_push(queue, delivery(payload));
}

static void
expect_number(Queue *queue, unsigned number)
{
	g_autofree char *payload = g_strdup_printf("%u", number);
	Delivery         popped;

	ck_assert(queue_pop(queue, &popped));
	ck_assert_uint_eq(msg_payload(popped.msg).size, strlen(payload));
	ck_assert_mem_eq(msg_payload(popped.msg).data, payload, strlen(payload));
	delivery_clear(&popped);
}

START_TEST(the_oldest_comes_out_first_however_the_ring_turns)
{
	house_build(1);

	g_autoptr(GRand) dice = g_rand_new_with_seed(3);
	Queue    queue = {0};
	unsigned next_in = 0, next_out = 0;

	for (unsigned i = 0; i < 20000; i++) {
		/* In waves, so that it grows, wraps and runs empty. */
		bool fills = i / 500 % 2 == 0;

		if (g_rand_int_range(dice, 0, 10) < (fills ? 7 : 3))
			push_number(&queue, next_in++);
		else if (next_out < next_in)
			expect_number(&queue, next_out++);
		ck_assert_uint_eq(queue_count(&queue), next_in - next_out);
	}
	while (next_out < next_in)
		expect_number(&queue, next_out++);
	ck_assert_uint_gt(next_in, 5000);
	ck_assert_ptr_null(queue.ring);
	house_tear_down();
}
END_TEST

START_TEST(bytes_are_those_of_the_messages_inside)
{
	house_build(1);

	Queue    queue = {0};
	Delivery first = delivery("four"), second = delivery("");
	size_t   size = msg_bytes(first.msg), rest = msg_bytes(second.msg);
	Delivery popped;

	queue_push(&queue, first);
	queue_push(&queue, second);
	ck_assert_uint_eq(queue_bytes(&queue), size + rest);
	ck_assert(queue_pop(&queue, &popped));
	delivery_clear(&popped);
	ck_assert_uint_eq(queue_bytes(&queue), rest);
	ck_assert(queue_pop(&queue, &popped));
	delivery_clear(&popped);
	ck_assert_uint_eq(queue_bytes(&queue), 0);
	ck_assert(!queue_pop(&queue, &popped));
	house_tear_down();
}
END_TEST

START_TEST(a_delivery_keeps_all_its_identifiers)
{
	house_build(1);

	uint32_t ids[] = {7, 268435455, 9};
	g_autoptr(VmqMsg) msg = message_of("a", "x", 1);
	Queue queue = {0};

	for (uint16_t n = 0; n <= 3; n++) {
		VmqGrant grant = {.n_ids = n, .ids = ids};

		queue_push(&queue, delivery_new(msg, &grant, 2, true));
	}
	ids[0] = ids[1] = ids[2] = 0;

	static const uint32_t expected[] = {7, 268435455, 9};

	for (uint16_t n = 0; n <= 3; n++) {
		Delivery popped;

		ck_assert(queue_pop(&queue, &popped));
		ck_assert_uint_eq(popped.n_ids, n);
		ck_assert_uint_eq(popped.qos, 2);
		ck_assert(popped.retain);
		if (n > 0)
			ck_assert_mem_eq(delivery_ids(&popped), expected, n * sizeof(uint32_t));
		delivery_clear(&popped);
	}
	house_tear_down();
}
END_TEST

START_TEST(clearing_gives_everything_back)
{
	house_build(1);

	Queue queue = {0};

	for (unsigned i = 0; i < 100; i++)
		push_number(&queue, i);
	queue_clear(&queue);
	ck_assert_uint_eq(queue_count(&queue), 0);
	ck_assert_uint_eq(queue_bytes(&queue), 0);
	push_number(&queue, 7);
	expect_number(&queue, 7);
	house_tear_down();
}
END_TEST

UNIT_MAIN("queue", the_oldest_comes_out_first_however_the_ring_turns,
          bytes_are_those_of_the_messages_inside, a_delivery_keeps_all_its_identifiers,
          clearing_gives_everything_back)
