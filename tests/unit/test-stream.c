/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"
#include "turn.h"
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end is a stream whose owner writes down what happens, the other a plain socket. */
static VmqStream *stream;
static int        far = -1;
static GString   *got;
static unsigned   n_closed, n_drained;
static size_t     takes;         /* of the bytes offered; SIZE_MAX: all */
static bool       frees, finishes; /* inside the callback */

static size_t
on_bytes(void *data, VmqBytes bytes)
{
	size_t used = MIN(takes, bytes.size);

	ck_assert_ptr_eq(data, &stream);
	g_string_append_len(got, (const char *) bytes.data, (gssize) used);
	if (frees)
		vmq_stream_free(g_steal_pointer(&stream));
	if (finishes)
		stream_finish(g_steal_pointer(&stream));
	return used;
}

static void
on_closed(void *data, const char *why)
{
	(void) data;
	ck_assert_ptr_nonnull(why);
	n_closed++;
	if (frees)
		vmq_stream_free(g_steal_pointer(&stream));
}

static void
on_drained(void *data)
{
	(void) data;
	n_drained++;
	if (frees)
		vmq_stream_free(g_steal_pointer(&stream));
}

static const VmqStreamEvents events = {
	.on_bytes = on_bytes, .on_closed = on_closed, .on_drained = on_drained};

static void
setup(unsigned n_workers)
{
	Address peer;
	int     ends[2], small = 4096;

	ck_assert(address_parse("127.0.0.1:9", &peer, NULL));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	workers_start(n_workers);
	got = g_string_new(NULL);
	takes = SIZE_MAX;
	far = ends[1];
	stream = stream_new(ends[0], &peer);
	vmq_stream_set_events(stream, &events, &stream);
	stream_arrive(stream);
}

static void
teardown(void)
{
	vmq_stream_free(stream);
	streams_cut();
	turn_once();
	workers_stop();
	if (far >= 0)
		close(far);
	g_string_free(got, TRUE);
}

static void
say(const char *text)
{
	ck_assert_int_eq(write(far, text, strlen(text)), (ssize_t) strlen(text));
}

static void
write_text(const char *text)
{
	vmq_stream_write(stream, (VmqBytes){(const uint8_t *) text, strlen(text)});
}

/* What has come to the far end by now. */
static void
hear(GString *heard)
{
	char    some[65536];
	ssize_t size;

	while ((size = read(far, some, sizeof(some))) > 0)
		g_string_append_len(heard, some, size);
}

/* Bytes that tell where they stand. */
static char *
make_bytes(size_t size)
{
	char *all = g_malloc(size);

	for (size_t i = 0; i < size; i++)
		all[i] = (char) (i * 31 + i / 251);
	return all;
}

START_TEST(what_is_written_leaves_at_the_end_of_the_turn)
{
	g_autoptr(GString) heard = g_string_new(NULL);

	setup(1);
	write_text("hello ");
	write_text("world");
	ck_assert_uint_eq(vmq_stream_get_unsent(stream), 11);
	hear(heard);
	ck_assert_uint_eq(heard->len, 0);
	turn_once();
	hear(heard);
	ck_assert_str_eq(heard->str, "hello world");
	ck_assert_uint_eq(vmq_stream_get_unsent(stream), 0);
	TURN_UNTIL(n_drained == 1);
	turn_once();
	ck_assert_uint_eq(n_drained, 1);
	teardown();
}
END_TEST

START_TEST(what_is_written_in_place_is_told_to_have_left_only_if_asked)
{
	g_autoptr(GString) heard = g_string_new(NULL);

	setup(1);
	buf_append_u8(stream_out(stream), 'a');
	turn_once();
	turn_once();
	hear(heard);
	ck_assert_str_eq(heard->str, "a");
	ck_assert_uint_eq(n_drained, 0);
	buf_append_u8(stream_out(stream), 'b');
	stream_want_drained(stream);
	TURN_UNTIL(n_drained == 1);
	buf_append_u8(stream_out(stream), 'c'); /* it was for once */
	turn_once();
	turn_once();
	ck_assert_uint_eq(n_drained, 1);
	teardown();
}
END_TEST

START_TEST(what_is_flushed_leaves_now)
{
	g_autoptr(GString) heard = g_string_new(NULL);

	setup(1);
	write_text("now");
	vmq_stream_flush(stream);
	hear(heard);
	ck_assert_str_eq(heard->str, "now");
	teardown();
}
END_TEST

static unsigned n_released;

static void
on_release(void *owner)
{
	n_released++;
	g_free(owner);
}

START_TEST(buffer_and_references_arrive_in_their_order_however_small_the_socket)
{
	g_autoptr(GString) expected = g_string_new(NULL);
	g_autoptr(GString) heard = g_string_new(NULL);
	g_autoptr(GRand) dice = g_rand_new_with_seed(9);
	unsigned n_refs = 0;

	setup(1);
	for (unsigned i = 0; i < 400; i++) {
		size_t size = (size_t) g_rand_int_range(dice, 0, 8000);
		char  *all = make_bytes(size);

		g_string_append_len(expected, all, (gssize) size);
		if (g_rand_boolean(dice)) {
			stream_write_ref(stream, (VmqBytes){(uint8_t *) all, size}, all, on_release);
			n_refs++;
		} else {
			vmq_stream_write(stream, (VmqBytes){(uint8_t *) all, size});
			g_free(all);
		}
		if (i % 7 == 0)
			turn_once();
		if (i % 50 == 0)
			hear(heard);
	}
	TURN_UNTIL((hear(heard), heard->len == expected->len) || (turn_once(), false));
	ck_assert_mem_eq(heard->str, expected->str, expected->len);
	ck_assert_uint_eq(n_released, n_refs);
	ck_assert_uint_eq(vmq_stream_get_unsent(stream), 0);
	teardown();
}
END_TEST

START_TEST(references_of_a_stream_that_dies_are_released)
{
	setup(1);
	for (unsigned i = 0; i < 10; i++)
		stream_write_ref(stream, (VmqBytes){(const uint8_t *) "x", 1}, g_malloc(1), on_release);
	vmq_stream_free(g_steal_pointer(&stream));
	ck_assert_uint_eq(n_released, 10);
	teardown();
}
END_TEST

START_TEST(much_in_one_turn_begins_to_leave_before_its_end)
{
	g_autoptr(GString) heard = g_string_new(NULL);
	g_autofree char *all = make_bytes(65536);

	setup(1);
	vmq_stream_write(stream, (VmqBytes){(uint8_t *) all, 65536});
	hear(heard);
	ck_assert_uint_eq(heard->len, 0);
	write_text("x");
	hear(heard);
	ck_assert_uint_gt(heard->len, 0);
	ck_assert_mem_eq(heard->str, all, heard->len);
	teardown();
}
END_TEST

START_TEST(bytes_that_are_not_taken_are_offered_again)
{
	setup(1);
	takes = 0;
	say("abc");
	turn_once();
	say("def");
	takes = 4;
	TURN_UNTIL(got->len > 0);
	ck_assert_str_eq(got->str, "abcd");
	takes = SIZE_MAX;
	say("g");
	TURN_UNTIL(got->len == 7);
	ck_assert_str_eq(got->str, "abcdefg");
	teardown();
}
END_TEST

START_TEST(nothing_is_read_while_reading_is_off)
{
	setup(1);
	vmq_stream_set_reading(stream, false);
	say("abc");
	turn_once();
	turn_once();
	ck_assert_uint_eq(got->len, 0);
	vmq_stream_set_reading(stream, true);
	TURN_UNTIL(got->len == 3);
	teardown();
}
END_TEST

START_TEST(what_was_kept_is_offered_when_reading_is_on_again)
{
	setup(1);
	takes = 1;
	say("abc");
	TURN_UNTIL(got->len == 1);
	vmq_stream_set_reading(stream, false);
	takes = SIZE_MAX;
	turn_once();
	ck_assert_str_eq(got->str, "a");
	vmq_stream_set_reading(stream, true);
	ck_assert_str_eq(got->str, "a"); /* not from inside our call */
	TURN_UNTIL(got->len == 3);
	teardown();
}
END_TEST

START_TEST(the_other_ends_end_is_told_once)
{
	setup(1);
	say("bye");
	close(far);
	far = -1;
	TURN_UNTIL(n_closed == 1);
	ck_assert_str_eq(got->str, "bye");
	write_text("into the void");
	stream_write_ref(stream, (VmqBytes){(const uint8_t *) "x", 1}, g_malloc(1), on_release);
	ck_assert_uint_eq(n_released, 1);
	turn_once();
	ck_assert_uint_eq(n_closed, 1);
	teardown();
}
END_TEST

START_TEST(a_stream_may_be_freed_in_any_of_its_callbacks)
{
	setup(1);
	frees = true;
	say("abc");
	TURN_UNTIL(stream == NULL);
	teardown();

	setup(1);
	write_text("x");
	TURN_UNTIL(stream == NULL);
	ck_assert_uint_eq(n_drained, 1);
	teardown();

	setup(1);
	close(far);
	far = -1;
	TURN_UNTIL(stream == NULL);
	ck_assert_uint_eq(n_closed, 1);
	teardown();
}
END_TEST

START_TEST(a_stream_that_finishes_says_its_last_word_and_waits_for_the_other_end)
{
	g_autoptr(GString) heard = g_string_new(NULL);
	char byte;

	setup(1);
	finishes = true;
	takes = 1; /* the rest is kept, and thrown away */
	say("abc");
	TURN_UNTIL(stream == NULL);
	say("more");
	turn_once();
	turn_once();
	ck_assert_int_eq(read(far, &byte, 1), 0); /* the end of the stream, and no reset */
	ck_assert_str_eq(got->str, "a");
	close(far);
	far = -1;
	turn_once();
	ck_assert_uint_eq(n_closed, 0);
	teardown();

	finishes = false;
	setup(1);
	g_autofree char *all = make_bytes(300000);

	vmq_stream_write(stream, (VmqBytes){(uint8_t *) all, 300000});
	stream_finish(g_steal_pointer(&stream));
	TURN_UNTIL((hear(heard), heard->len == 300000) || (turn_once(), false));
	ck_assert_mem_eq(heard->str, all, 300000);
	teardown();
}
END_TEST

/* The only test that waits: for STREAM_LINGER_MS, by the loop's own timer. */
START_TEST(who_does_not_answer_the_end_is_not_waited_for_for_ever)
{
	struct pollfd fd = {.events = POLLOUT};

	setup(1);
	stream_finish(g_steal_pointer(&stream));
	fd.fd = far;
	TURN_UNTIL(poll(&fd, 1, 0) == 1 && fd.revents & POLLHUP);
	teardown();
}
END_TEST

static unsigned arrived_on;

static void
arrive_there(void *data)
{
	stream_arrive(data);
}

static void
free_there(void *data)
{
	arrived_on = vmq_worker_here();
	vmq_stream_free(data);
}

START_TEST(a_stream_moves_with_what_it_has_not_sent_and_not_offered)
{
	g_autoptr(GString) heard = g_string_new(NULL);

	setup(2);
	takes = 0;
	say("abc");
	turn_once();
	write_text("hello");
	stream_leave(stream);
	takes = SIZE_MAX;
	turn_on(1, arrive_there, stream);
	TURN_UNTIL((hear(heard), heard->len == 5) || (turn_once(), false));
	ck_assert_str_eq(heard->str, "hello");
	turn_on(1, free_there, stream);
	stream = NULL;
	ck_assert_uint_eq(arrived_on, 1);
	ck_assert_str_eq(got->str, "abc");
	teardown();
}
END_TEST

static void
leave_in_this_turn(TurnTask *task)
{
	(void) task;
	ck_assert_uint_eq(n_closed, 0); /* it has died, and its owner has not heard of it */
	stream_leave(stream);
	stream_arrive(stream);
}

START_TEST(a_stream_that_died_on_the_way_is_told_where_it_arrives)
{
	TurnTask move = {.run = leave_in_this_turn};

	setup(1);
	/* The move is put off first, then, in the same turn, the stream dies. */
	worker_at_turn_end(worker_here(), TURN_POST, &move);
	write_text("x");
	close(far);
	far = -1;
	signal(SIGPIPE, SIG_IGN);
	vmq_stream_flush(stream);
	TURN_UNTIL(n_closed == 1);
	teardown();
}
END_TEST

UNIT_MAIN("stream", what_is_written_leaves_at_the_end_of_the_turn,
          what_is_written_in_place_is_told_to_have_left_only_if_asked, what_is_flushed_leaves_now,
          buffer_and_references_arrive_in_their_order_however_small_the_socket,
          references_of_a_stream_that_dies_are_released,
          much_in_one_turn_begins_to_leave_before_its_end,
          bytes_that_are_not_taken_are_offered_again, nothing_is_read_while_reading_is_off,
          what_was_kept_is_offered_when_reading_is_on_again, the_other_ends_end_is_told_once,
          a_stream_may_be_freed_in_any_of_its_callbacks,
          a_stream_that_finishes_says_its_last_word_and_waits_for_the_other_end,
          who_does_not_answer_the_end_is_not_waited_for_for_ever,
          a_stream_moves_with_what_it_has_not_sent_and_not_offered,
          a_stream_that_died_on_the_way_is_told_where_it_arrives)
