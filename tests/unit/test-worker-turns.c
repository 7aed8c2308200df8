/* SPDX-License-Identifier: Apache-2.0 */
/* A worker between others with whom it takes turns: they are played here, instead of run/crew.c. */
#include "fake/clock.h"
#include "run/crew.h"
#include "run/worker.h"
#include "turn.h"
#include "unit.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What came about: ( a turn may begin, r read, p posted, o others were let, w written, ) it is over. */
static GString *story;
static bool     takes_turns;
static int      told_by_others; /* becomes ready when they are let; -1: nothing does */

void
crew_start(unsigned n_workers)
{
	(void) n_workers;
}

void
crew_stop(void)
{
}

bool
crew_enter(unsigned worker)
{
	ck_assert_uint_eq(worker, 0);
	g_string_append_c(story, '(');
	return takes_turns;
}

void
crew_let_others(unsigned worker)
{
	ck_assert_uint_eq(worker, 0);
	g_string_append_c(story, 'o');
	if (told_by_others >= 0)
		eventfd_write(told_by_others, 1);
}

void
crew_leave(unsigned worker, int64_t now_ns)
{
	ck_assert_uint_eq(worker, 0);
	ck_assert_int_gt(now_ns, 0);
	g_string_append_c(story, ')');
}

/* ---- a client: what it says is passed to another worker, and answered ---- */

typedef struct {
	Watch    watch;
	TurnTask post, flush;
} Client;

static void
on_post(TurnTask *task)
{
	(void) task;
	g_string_append_c(story, 'p');
}

static void
on_flush(TurnTask *task)
{
	(void) task;
	g_string_append_c(story, 'w');
}

static void
on_ready(Watch *watch, uint32_t events)
{
	Client   *client = (Client *) watch;
	eventfd_t ignored;

	ck_assert(events & EPOLLIN);
	eventfd_read(watch->fd, &ignored);
	g_string_append_c(story, 'r');
	worker_at_turn_end(worker_here(), TURN_FLUSH, &client->flush);
	worker_at_turn_end(worker_here(), TURN_POST, &client->post);
}

static void
open_client(Client *client)
{
	*client = (Client){
		.watch = {.fd = eventfd(0, EFD_NONBLOCK), .on_ready = on_ready},
		.post.run = on_post,
		.flush.run = on_flush,
	};
	worker_watch(worker_here(), &client->watch, EPOLLIN);
}

static void
close_client(Client *client)
{
	worker_unwatch(worker_here(), &client->watch);
	close(client->watch.fd);
}

/* ---- the worker ---- */

static void
setup(bool turns)
{
	story = g_string_new(NULL);
	takes_turns = turns;
	told_by_others = -1;
	workers_start(1);
}

static void
teardown(void)
{
	workers_stop();
	g_string_free(story, TRUE);
}

/* Of one client that says something once. */
static void
expect_story(bool turns, const char *expected)
{
	Client client;

	setup(turns);
	open_client(&client);
	eventfd_write(client.watch.fd, 1);
	TURN_UNTIL(unit_count(story->str, 'w') == 1);
	ck_assert_str_eq(story->str, expected);
	close_client(&client);
	teardown();
}

START_TEST(who_turns_at_any_time_reads_posts_and_writes)
{
	expect_story(false, "(rpw)");
}
END_TEST

START_TEST(who_takes_turns_lets_others_read_before_it_writes)
{
	expect_story(true, "(rpow)");
}
END_TEST

START_TEST(what_others_tell_is_read_before_it_writes)
{
	Client client, told;

	setup(true);
	open_client(&client);
	open_client(&told);
	told_by_others = told.watch.fd;
	eventfd_write(client.watch.fd, 1);
	TURN_UNTIL(unit_count(story->str, 'w') == 2);
	ck_assert_str_eq(story->str, "(rporpww)");
	close_client(&client);
	close_client(&told);
	teardown();
}
END_TEST

START_TEST(who_still_has_to_write_what_was_read_before_does_that_first)
{
	enum { MANY = 1000 };
	static TurnTask writes[MANY];

	setup(true);
	for (unsigned i = 0; i < MANY; i++) {
		writes[i].run = on_flush;
		worker_at_turn_end(worker_here(), TURN_FLUSH, &writes[i]);
	}
	TURN_UNTIL(unit_count(story->str, 'w') == MANY);
	ck_assert_uint_gt(unit_count(story->str, '('), 1);
	ck_assert_uint_eq(unit_count(story->str, 'o'), 1);
	ck_assert_uint_lt(strcspn(story->str, "o"), strcspn(story->str, "w"));
	teardown();
}
END_TEST

UNIT_MAIN("worker-turns", who_turns_at_any_time_reads_posts_and_writes,
          who_takes_turns_lets_others_read_before_it_writes, what_others_tell_is_read_before_it_writes,
          who_still_has_to_write_what_was_read_before_does_that_first)
