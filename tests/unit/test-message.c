/* SPDX-License-Identifier: Apache-2.0 */
#include "core/message.h"
#include "fake/clock.h"
#include "messages.h"
#include "unit.h"

#define ck_assert_bytes(bytes_, data_, size_)                   \
	do {                                                    \
		VmqBytes found_ = (bytes_);                     \
		ck_assert_uint_eq(found_.size, size_);          \
		ck_assert_mem_eq(found_.data, data_, size_);    \
	} while (0)

START_TEST(a_frozen_message_is_what_the_draft_was)
{
	VmqDraft draft = draft_of("a/b", "hello", 2);

	draft.properties = bytes("\x03\x00\x01x");
	draft.properties.size = 4;
	draft.retain = true;
	draft.origin = g_intern_static_string("node2");
	draft.stamp = 42;
	draft.publisher = (VmqAddr){.worker = 1, .generation = 2, .slot = 3};

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);

	ck_assert_bytes(vmq_msg_get_topic(msg), "a/b", 3);
	ck_assert_bytes(vmq_msg_get_payload(msg), "hello", 5);
	ck_assert_bytes(vmq_msg_get_properties(msg), "\x03\x00\x01x", 4);
	ck_assert_uint_eq(vmq_msg_get_qos(msg), 2);
	ck_assert(vmq_msg_get_retain(msg));
	ck_assert_ptr_eq(vmq_msg_get_origin(msg), draft.origin);
	ck_assert_uint_eq(vmq_msg_get_stamp(msg), 42);
	ck_assert(vmq_addr_equal(msg->publisher, draft.publisher));
	ck_assert_uint_eq(vmq_msg_get_expiry_s(msg), VMQ_NO_EXPIRY);
}
END_TEST

START_TEST(a_frozen_message_lies_as_a_publish_carries_it)
{
	VmqDraft draft = draft_of("a/b", "hello", 0);

	draft.properties = (VmqBytes){(const uint8_t *) "\x01\x01", 2};

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);

	ck_assert_bytes(msg_topic_field(msg), "\x00\x03"
	                                      "a/b",
	                5);
	ck_assert_bytes(msg_rest(msg), "\x02\x01\x01hello", 8);
	ck_assert_uint_ge(msg_bytes(msg), 13);
}
END_TEST

START_TEST(lengths_may_be_of_any_size)
{
	static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 65535};
	g_autofree char    *many = g_strnfill(65535, 'x');

	for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
		VmqDraft draft = VMQ_DRAFT_INIT;

		draft.topic = draft.properties = draft.payload = bytes(many);
		draft.topic.size = MAX(sizes[i], 1);
		draft.properties.size = draft.payload.size = sizes[i];

		g_autoptr(VmqMsg) msg = msg_freeze(&draft, 0);

		ck_assert_uint_eq(msg_topic(msg).size, MAX(sizes[i], 1));
		ck_assert_uint_eq(msg_properties(msg).size, sizes[i]);
		ck_assert_bytes(msg_payload(msg), many, sizes[i]);
	}
}
END_TEST

START_TEST(a_message_expires_when_its_seconds_are_over)
{
	VmqDraft draft = draft_of("a", "x", 0);

	draft.expiry_s = 2;

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, clock_monotonic_ms());
	int64_t now_ms = clock_monotonic_ms();

	ck_assert_uint_eq(vmq_msg_get_expiry_s(msg), 2);
	ck_assert_uint_eq(msg_expiry_s(msg, now_ms + 1), 2); /* rounded up: never 0 while it lives */
	ck_assert_uint_eq(msg_expiry_s(msg, now_ms + 1000), 1);
	ck_assert_uint_eq(msg_expiry_s(msg, now_ms + 1999), 1);
	ck_assert(!msg_is_expired(msg, now_ms + 1999));
	ck_assert(msg_is_expired(msg, now_ms + 2000));
	fake_clock_advance(2000);
	ck_assert_uint_eq(vmq_msg_get_expiry_s(msg), 0);
}
END_TEST

START_TEST(an_expiry_of_nothing_is_over_at_once)
{
	VmqDraft draft = draft_of("a", "x", 0);

	draft.expiry_s = 0;

	g_autoptr(VmqMsg) msg = msg_freeze(&draft, clock_monotonic_ms());

	ck_assert(msg_is_expired(msg, clock_monotonic_ms()));
	ck_assert_uint_eq(vmq_msg_get_expiry_s(msg), 0);
}
END_TEST

START_TEST(a_message_lives_as_long_as_somebody_holds_it)
{
	VmqMsg *msg = message_of("a", "x", 0);

	ck_assert_ptr_eq(vmq_msg_ref(msg), msg);
	vmq_msg_unref(msg);
	ck_assert_bytes(vmq_msg_get_payload(msg), "x", 1);
	vmq_msg_unref(msg);
	vmq_msg_unref(NULL);
}
END_TEST

UNIT_MAIN("message", a_frozen_message_is_what_the_draft_was,
          a_frozen_message_lies_as_a_publish_carries_it, lengths_may_be_of_any_size,
          a_message_expires_when_its_seconds_are_over, an_expiry_of_nothing_is_over_at_once,
          a_message_lives_as_long_as_somebody_holds_it)
