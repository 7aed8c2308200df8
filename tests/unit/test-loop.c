/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/clock.h"
#include "turn.h"
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <vibemq/loop.h>

static int       ends[2];
static unsigned  n_called;
static VmqIo     last;
static VmqWatch *watch;
static VmqTimer *timer;

static void
setup(void)
{
	workers_start(1);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

static void
teardown(void)
{
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	workers_stop();
}

static void
on_ready(int fd, VmqIo ready, void *data)
{
	ck_assert_int_eq(fd, ends[0]);
	ck_assert_ptr_eq(data, &n_called);
	n_called++;
	last = ready;
}

START_TEST(a_watch_is_called_again_while_the_condition_lasts)
{
	setup();
	watch = vmq_watch_new(ends[0], VMQ_IO_READ, on_ready, &n_called);
	turn_once();
	ck_assert_uint_eq(n_called, 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	TURN_UNTIL(n_called >= 3);
	ck_assert_uint_eq(last, VMQ_IO_READ);
	vmq_watch_set(watch, VMQ_IO_WRITE);
	turn_once();
	ck_assert_uint_eq(last, VMQ_IO_WRITE);
	vmq_watch_set(watch, (VmqIo) 0);
	unsigned before = n_called;

	turn_once();
	ck_assert_uint_eq(n_called, before);
	vmq_watch_set(watch, VMQ_IO_READ);
	close(ends[1]);
	ends[1] = -1;
	turn_once();
	ck_assert(last & VMQ_IO_READ); /* the end is there to be read */
	vmq_watch_free(watch);
	vmq_watch_free(NULL);
	teardown();
}
END_TEST

static void
on_ready_free(int fd, VmqIo ready, void *data)
{
	(void) fd;
	(void) ready;
	(void) data;
	n_called++;
	vmq_watch_free(watch);
}

START_TEST(a_watch_may_be_freed_in_its_callback)
{
	setup();
	watch = vmq_watch_new(ends[0], VMQ_IO_WRITE, on_ready_free, NULL);
	TURN_UNTIL(n_called == 1);
	turn_once();
	ck_assert_uint_eq(n_called, 1);
	teardown();
}
END_TEST

static void
on_timer(void *data)
{
	n_called++;
	if (data != NULL)
		vmq_timer_free(timer);
}

START_TEST(a_timer_fires_once_and_may_be_set_again)
{
	setup();
	timer = vmq_timer_new(on_timer, NULL);
	vmq_timer_set(timer, 10);
	vmq_timer_set(timer, 20);
	fake_clock_advance(19);
	turn_once();
	ck_assert_uint_eq(n_called, 0);
	fake_clock_advance(1);
	turn_once();
	fake_clock_advance(100);
	turn_once();
	ck_assert_uint_eq(n_called, 1);
	vmq_timer_set(timer, 5);
	vmq_timer_stop(timer);
	fake_clock_advance(100);
	turn_once();
	ck_assert_uint_eq(n_called, 1);
	vmq_timer_set(timer, 5);
	vmq_timer_free(timer);
	vmq_timer_free(NULL);
	teardown();
}
END_TEST

START_TEST(a_timer_may_be_freed_in_its_callback)
{
	setup();
	timer = vmq_timer_new(on_timer, &timer);
	vmq_timer_set(timer, 5);
	fake_clock_advance(5);
	turn_once();
	ck_assert_uint_eq(n_called, 1);
	teardown();
}
END_TEST

UNIT_MAIN("loop", a_watch_is_called_again_while_the_condition_lasts,
          a_watch_may_be_freed_in_its_callback, a_timer_fires_once_and_may_be_set_again,
          a_timer_may_be_freed_in_its_callback)
