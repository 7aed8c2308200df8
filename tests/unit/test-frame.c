/* SPDX-License-Identifier: Apache-2.0 */
/* test-frame.c - frames whole, cut and broken, and what ours put behind them; see also test-captures */
#include "unit.h"
#include "wire_text.h"

#include <string.h>

typedef struct {
	const char *what, *hex;
} Example;

/* As bincode writes them, their length before them. */
static const Example good[] = {
	{"hello",
	 "0000000900066e6f64652d6101"},
	{"hello ack",
	 "0000000901066e6f64652d6201"},
	{"publish",
	 "000000140203742f310568656c6c6f0101066e6f64652d61"},
	{"sub sync",
	 "0000000a030203612f2b03622f23"},
	{"sub update",
	 "0000000b040103632f310103612f2b"},
	{"ping",
	 "0000000105"},
	{"pong",
	 "0000000106"},
	{"goodbye",
	 "0000000107"},
	{"pushed",
	 "00000001d2"},
};

/* Bodies that must be skipped. */
static const Example bad[] = {
	{"empty",
	 ""},
	{"variant 8",
	 "08"},
	{"variant 209",
	 "d1"},
	{"variant 211",
	 "d3"},
	{"variant u64 marker",
	 "fd0500000000000000"},
	{"variant reserved",
	 "ff"},
	{"hello short",
	 "0003"},
	{"hello not utf8",
	 "0001ff01"},
	{"publish bool 2",
	 "0203742f31000102066e6f64652d61"},
	{"publish length 2 62",
	 "020174fd0000000000000040616263"},
	{"sync count 2 61",
	 "03fd0000000000000020"},
};

static bool
decode(const uint8_t *data, size_t size)
{
	g_autofree uint8_t *exact = g_memdup2(data, size); /* so that a sanitizer sees the end */
	const char         *why;
	Frame               frame;

	return frame_decode((VmqBytes){exact, size}, &frame, &why);
}

START_TEST(whole_frames_decode_and_no_beginning_of_one_does)
{
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GByteArray) bytes = wire_text_to_bytes(good[i].hex);

		for (guint size = FRAME_HEAD_BYTES; size <= bytes->len; size++)
			ck_assert_msg(decode(bytes->data + FRAME_HEAD_BYTES, size - FRAME_HEAD_BYTES) ==
			                      (size == bytes->len),
			              "%s, %u bytes", good[i].what, size);
	}
}
END_TEST

START_TEST(what_must_be_skipped_is_skipped)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GByteArray) bytes = wire_text_to_bytes(bad[i].hex);

		ck_assert_msg(!decode(bytes->data, bytes->len), "%s", bad[i].what);
	}
}
END_TEST

START_TEST(a_stream_is_cut_into_frames_wherever_it_breaks)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	VmqBytes body;
	size_t   used;

	frame_put_empty(bytes, FRAME_PING);
	for (guint size = 0; size < bytes->len; size++)
		ck_assert_int_eq(frame_cut((VmqBytes){bytes->data, size}, 100, &body, &used),
		                 FRAME_NEED_MORE);
	frame_put_empty(bytes, FRAME_PONG);
	ck_assert_int_eq(frame_cut((VmqBytes){bytes->data, bytes->len}, 100, &body, &used), FRAME_WHOLE);
	ck_assert_uint_eq(used, 5);
	ck_assert_uint_eq(body.size, 1);
	ck_assert_uint_eq(body.data[0], FRAME_PING);
}
END_TEST

START_TEST(a_frame_above_the_limit_is_known_by_its_length_alone)
{
	static const uint8_t head[] = {0, 1, 0, 1};
	VmqBytes body;
	size_t   used;

	ck_assert_int_eq(frame_cut((VmqBytes){head, 4}, 65536, &body, &used), FRAME_TOO_LARGE);
	ck_assert_int_eq(frame_cut((VmqBytes){head, 4}, 65537, &body, &used), FRAME_NEED_MORE);
}
END_TEST

static Frame
decode_whole(const GByteArray *bytes)
{
	const char *why;
	Frame       frame;
	VmqBytes    body;
	size_t      used;

	ck_assert_int_eq(frame_cut((VmqBytes){bytes->data, bytes->len}, SIZE_MAX, &body, &used),
	                 FRAME_WHOLE);
	ck_assert_uint_eq(used, bytes->len);
	ck_assert(frame_decode(body, &frame, &why));
	ck_assert(frame.canonical);
	return frame;
}

/* Each size of number, at both of its ends. */
START_TEST(payloads_of_every_size_come_back)
{
	static const size_t sizes[] = {0, 1, 250, 251, 65535, 65536, 1000000};
	g_autofree uint8_t *payload = g_malloc0(1000000);

	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		FramePublish publish = {.topic = {(const uint8_t *) "t/1", 3},
		                        .payload = {payload, sizes[i]},
		                        .qos = 1,
		                        .origin = "node-a"};

		frame_put_publish(out, &publish, NULL);
		ck_assert_uint_eq(out->len, frame_publish_size(&publish));

		Frame frame = decode_whole(out);

		ck_assert_uint_eq(frame.payload.size, sizes[i]);
		ck_assert_uint_eq(frame.trailer.size, 0);
		ck_assert_mem_eq(frame.origin.data, "node-a", 6);
	}
}
END_TEST

START_TEST(a_trailer_comes_back_and_the_frame_is_the_same_without_it)
{
	g_autoptr(GByteArray) plain = g_byte_array_new();
	g_autoptr(GByteArray) out = g_byte_array_new();
	FramePublish publish = {.topic = {(const uint8_t *) "t", 1}, .origin = "n"};
	Trailer      trailer = TRAILER_INIT, back;

	trailer.properties = (VmqBytes){(const uint8_t *) "\x01\x01", 2};
	trailer.expiry_s = 70000;
	trailer.stamp = UINT64_C(0x0123456789abcdef);
	trailer.flags = TRAILER_REPLAY;
	frame_put_publish(plain, &publish, NULL);
	frame_put_publish(out, &publish, &trailer);
	ck_assert_mem_eq(out->data + FRAME_HEAD_BYTES, plain->data + FRAME_HEAD_BYTES,
	                 plain->len - FRAME_HEAD_BYTES);

	Frame frame = decode_whole(out);

	ck_assert(trailer_decode(frame.trailer, &back));
	ck_assert_uint_eq(back.properties.size, 2);
	ck_assert_uint_eq(back.expiry_s, 70000);
	ck_assert_uint_eq(back.stamp, trailer.stamp);
	ck_assert_uint_eq(back.flags, TRAILER_REPLAY);
	for (size_t size = 0; size < frame.trailer.size; size++)
		if (!trailer_decode((VmqBytes){frame.trailer.data, size}, &back))
			ck_assert(back.stamp == 0 && back.expiry_s == VMQ_NO_EXPIRY);
}
END_TEST

START_TEST(a_trailer_of_somebody_else_or_of_later_days_does_no_harm)
{
	static const uint8_t later[] = "MX\x01\x63\x02zz\x05\x01\x01";
	Trailer back;

	ck_assert(!trailer_decode((VmqBytes){(const uint8_t *) "xyz", 3}, &back));
	ck_assert(!trailer_decode((VmqBytes){NULL, 0}, &back));
	ck_assert(trailer_decode((VmqBytes){later, sizeof(later) - 1}, &back));
	ck_assert_uint_eq(back.flags, 1);
}
END_TEST

START_TEST(capabilities_travel_with_the_greeting)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	Trailer trailer = TRAILER_INIT, back;

	trailer.caps = (VmqBytes){(const uint8_t *) "props", 5};
	frame_put_hello(out, FRAME_HELLO, "node-a", &trailer);

	Frame frame = decode_whole(out);

	ck_assert_uint_eq(frame.version, FRAME_PROTOCOL_VERSION);
	ck_assert(trailer_decode(frame.trailer, &back));
	ck_assert_mem_eq(back.caps.data, "props", 5);
}
END_TEST

UNIT_MAIN("frame", whole_frames_decode_and_no_beginning_of_one_does, what_must_be_skipped_is_skipped,
          a_stream_is_cut_into_frames_wherever_it_breaks,
          a_frame_above_the_limit_is_known_by_its_length_alone, payloads_of_every_size_come_back,
          a_trailer_comes_back_and_the_frame_is_the_same_without_it,
          a_trailer_of_somebody_else_or_of_later_days_does_no_harm,
          capabilities_travel_with_the_greeting)
