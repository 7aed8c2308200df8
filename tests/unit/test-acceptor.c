/* SPDX-License-Identifier: Apache-2.0 */
#include "net/acceptor.h"
#include "net/stream.h"
#include "turn.h"
#include "unit.h"

#include <unistd.h>

/* A client stream that speaks first, and the accepted one that gives all back. */
static VmqStream *accepted, *client;
static GString   *echo;
static bool       connected;
static unsigned   n_accepted, n_closed;

static size_t
on_bytes(void *data, VmqBytes bytes)
{
	if (data != NULL)
		g_string_append_len(echo, (const char *) bytes.data, (gssize) bytes.size);
	else
		vmq_stream_write(accepted, bytes);
	return bytes.size;
}

static void
on_connected(void *data)
{
	(void) data;
	connected = true;
}

static void
on_closed(void *data, const char *why)
{
	(void) data;
	(void) why;
	n_closed++;
}

static const VmqStreamEvents events = {
	.on_bytes = on_bytes, .on_connected = on_connected, .on_closed = on_closed};

static void
on_stream(VmqStream *stream, void *data)
{
	ck_assert_ptr_eq(data, &n_accepted);
	n_accepted++;
	vmq_stream_free(accepted);
	accepted = stream;
	vmq_stream_set_events(stream, &events, NULL);
}

static void
teardown(VmqAcceptor *acceptor)
{
	vmq_stream_free(client);
	vmq_stream_free(accepted);
	vmq_acceptor_free(acceptor);
	turn_once();
	workers_stop();
	g_string_free(echo, TRUE);
}

START_TEST(a_stream_connects_is_accepted_and_bytes_go_both_ways)
{
	workers_start(1);
	echo = g_string_new(NULL);
	VmqAcceptor *acceptor = vmq_acceptor_new("127.0.0.1:0", on_stream, &n_accepted, NULL);

	ck_assert_ptr_nonnull(acceptor);
	ck_assert(!g_str_has_suffix(vmq_acceptor_get_address(acceptor), ":0"));
	client = vmq_stream_connect(vmq_acceptor_get_address(acceptor), &events, &client, NULL);
	ck_assert_ptr_nonnull(client);
	vmq_stream_write(client, (VmqBytes){(const uint8_t *) "early", 5}); /* before it is there */
	TURN_UNTIL(echo->len == 5);
	ck_assert(connected);
	ck_assert_uint_eq(n_accepted, 1);
	ck_assert_str_eq(echo->str, "early");
	ck_assert_str_eq(vmq_stream_get_address(client), vmq_acceptor_get_address(acceptor));
	ck_assert(g_str_has_prefix(vmq_stream_get_address(accepted), "127.0.0.1:"));
	teardown(acceptor);
}
END_TEST

START_TEST(many_at_once_all_come_in)
{
	VmqStream *crowd[200];

	workers_start(1);
	echo = g_string_new(NULL);
	VmqAcceptor *acceptor = vmq_acceptor_new("127.0.0.1:0", on_stream, &n_accepted, NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(crowd); i++)
		crowd[i] = vmq_stream_connect(vmq_acceptor_get_address(acceptor), &events, NULL, NULL);
	TURN_UNTIL(n_accepted == G_N_ELEMENTS(crowd));
	for (unsigned i = 0; i < G_N_ELEMENTS(crowd); i++)
		vmq_stream_free(crowd[i]);
	teardown(acceptor);
}
END_TEST

START_TEST(who_connects_where_nobody_listens_is_told)
{
	workers_start(1);
	echo = g_string_new(NULL);
	VmqAcceptor     *acceptor = vmq_acceptor_new("127.0.0.1:0", on_stream, &n_accepted, NULL);
	g_autofree char *address = g_strdup(vmq_acceptor_get_address(acceptor));

	vmq_acceptor_free(acceptor);
	client = vmq_stream_connect(address, &events, &client, NULL);
	if (client != NULL)
		TURN_UNTIL(n_closed == 1);
	ck_assert(!connected);
	teardown(NULL);
}
END_TEST

START_TEST(an_address_in_use_is_refused_with_the_kernels_reason)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) other = NULL;

	workers_start(1);
	echo = g_string_new(NULL);
	VmqAcceptor *acceptor = vmq_acceptor_new("127.0.0.1:0", on_stream, &n_accepted, NULL);
	const char  *address = vmq_acceptor_get_address(acceptor);

	ck_assert_ptr_null(vmq_acceptor_new(address, on_stream, NULL, &error));
	ck_assert_ptr_nonnull(strstr(error->message, address));
	ck_assert_ptr_nonnull(strstr(error->message, "in use"));
	ck_assert_ptr_null(vmq_stream_connect("nonsense", &events, NULL, &other));
	ck_assert_ptr_nonnull(other);
	teardown(acceptor);
}
END_TEST

static _Atomic unsigned n_taken;

static void
on_stream_anywhere(VmqStream *stream, void *data)
{
	(void) data;
	n_taken++;
	vmq_stream_free(stream);
}

static VmqAcceptor *ours[2];
static int          listening;

static void
open_there(void *unused)
{
	(void) unused;
	ours[vmq_worker_here()] = acceptor_new(listening, on_stream_anywhere, NULL);
}

static void
close_there(void *unused)
{
	(void) unused;
	vmq_acceptor_free(ours[vmq_worker_here()]);
}

START_TEST(several_workers_accept_at_one_socket_each_connection_once)
{
	VmqStream *crowd[100];

	workers_start(2);
	echo = g_string_new(NULL);
	listening = acceptor_bind("127.0.0.1:0", NULL);
	ck_assert_int_ge(listening, 0);
	turn_on(0, open_there, NULL);
	turn_on(1, open_there, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(crowd); i++)
		crowd[i] = vmq_stream_connect(vmq_acceptor_get_address(ours[0]), &events, NULL, NULL);
	TURN_UNTIL(n_taken == G_N_ELEMENTS(crowd) || (turn_once(), false));
	for (unsigned i = 0; i < G_N_ELEMENTS(crowd); i++)
		vmq_stream_free(crowd[i]);
	turn_on(0, close_there, NULL);
	turn_on(1, close_there, NULL);
	close(listening);
	teardown(NULL);
}
END_TEST

UNIT_MAIN("acceptor", a_stream_connects_is_accepted_and_bytes_go_both_ways,
          many_at_once_all_come_in, who_connects_where_nobody_listens_is_told,
          an_address_in_use_is_refused_with_the_kernels_reason,
          several_workers_accept_at_one_socket_each_connection_once)
