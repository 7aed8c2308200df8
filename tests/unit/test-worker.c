/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/clock.h"
#include "run/worker.h"
#include "turn.h"
#include "unit.h"

#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- the end of the turn ---- */

typedef struct {
	TurnTask  task;
	char      name;
	TurnPhase phase;
	TurnTask *queues; /* in turn: once */
	TurnPhase queues_phase;
} Task;

static GString *ran;

static void
on_task(TurnTask *base)
{
	Task     *task = (Task *) base;
	TurnTask *other = g_steal_pointer(&task->queues);

	g_string_append_c(ran, task->name);
	if (other != NULL)
		worker_at_turn_end(worker_here(), task->queues_phase, other);
}

static Task
make_task(char name)
{
	return (Task){.task.run = on_task, .name = name};
}

static void
setup(void)
{
	ran = g_string_new(NULL);
	workers_start(1);
}

static void
teardown(void)
{
	workers_stop();
	g_string_free(ran, TRUE);
}

START_TEST(a_turn_ends_with_letters_then_bytes_then_what_is_freed)
{
	Task free = make_task('f'), flush = make_task('w'), post = make_task('p');
	Task second = make_task('q');

	setup();
	worker_at_turn_end(worker_here(), TURN_FREE, &free.task);
	worker_at_turn_end(worker_here(), TURN_FLUSH, &flush.task);
	worker_at_turn_end(worker_here(), TURN_POST, &post.task);
	worker_at_turn_end(worker_here(), TURN_POST, &second.task);
	turn_once();
	ck_assert_str_eq(ran->str, "pqwf");
	turn_once();
	ck_assert_str_eq(ran->str, "pqwf");
	teardown();
}
END_TEST

START_TEST(a_task_may_queue_others_of_earlier_phases_too)
{
	Task free = make_task('f'), flush = make_task('w'), post = make_task('p');

	setup();
	flush.queues = &post.task;
	flush.queues_phase = TURN_POST;
	post.queues = &flush.task;
	post.queues_phase = TURN_FLUSH;
	worker_at_turn_end(worker_here(), TURN_FREE, &free.task);
	worker_at_turn_end(worker_here(), TURN_FLUSH, &flush.task);
	turn_once();
	ck_assert_str_eq(ran->str, "wpwf");
	teardown();
}
END_TEST

/* ---- descriptors ---- */

typedef struct Ear Ear;
struct Ear {
	Watch    watch;
	unsigned n;
	Ear     *unwatches; /* when it hears something, this one is unwatched */
};

static void
on_ready(Watch *watch, uint32_t events)
{
	Ear      *ear = (Ear *) watch;
	eventfd_t ignored;

	ck_assert(events & EPOLLIN);
	ear->n++;
	eventfd_read(watch->fd, &ignored);
	if (ear->unwatches != NULL)
		worker_unwatch(worker_here(), &ear->unwatches->watch);
}

static void
open_ear(Ear *ear)
{
	*ear = (Ear){.watch = {.fd = eventfd(0, EFD_NONBLOCK), .on_ready = on_ready}};
	worker_watch(worker_here(), &ear->watch, EPOLLIN);
}

START_TEST(a_watch_is_called_while_it_is_ready_and_wanted)
{
	Ear ear;

	setup();
	open_ear(&ear);
	turn_once();
	ck_assert_uint_eq(ear.n, 0);
	eventfd_write(ear.watch.fd, 1);
	TURN_UNTIL(ear.n == 1);
	worker_rewatch(worker_here(), &ear.watch, 0);
	eventfd_write(ear.watch.fd, 1);
	turn_once();
	ck_assert_uint_eq(ear.n, 1);
	worker_rewatch(worker_here(), &ear.watch, EPOLLIN);
	TURN_UNTIL(ear.n == 2);
	worker_unwatch(worker_here(), &ear.watch);
	eventfd_write(ear.watch.fd, 1);
	turn_once();
	ck_assert_uint_eq(ear.n, 2);
	close(ear.watch.fd);
	teardown();
}
END_TEST

START_TEST(who_is_unwatched_in_a_callback_is_not_called_even_if_it_was_ready)
{
	Ear a, b;

	setup();
	open_ear(&a);
	open_ear(&b);
	a.unwatches = &b;
	b.unwatches = &a;
	eventfd_write(a.watch.fd, 1);
	eventfd_write(b.watch.fd, 1);
	TURN_UNTIL(a.n + b.n > 0);
	turn_once();
	ck_assert_uint_eq(a.n + b.n, 1);
	worker_unwatch(worker_here(), &a.watch);
	worker_unwatch(worker_here(), &b.watch);
	close(a.watch.fd);
	close(b.watch.fd);
	teardown();
}
END_TEST

START_TEST(a_watch_may_end_itself)
{
	Ear ear;

	setup();
	open_ear(&ear);
	ear.unwatches = &ear;
	eventfd_write(ear.watch.fd, 1);
	TURN_UNTIL(ear.n == 1);
	eventfd_write(ear.watch.fd, 1);
	turn_once();
	ck_assert_uint_eq(ear.n, 1);
	close(ear.watch.fd);
	teardown();
}
END_TEST

static void
on_ready_loop_inside(Watch *watch, uint32_t events)
{
	Ear *ear = (Ear *) watch;

	on_ready(watch, events);
	eventfd_write(watch->fd, 1); /* something to read, were anybody to look */
	g_main_context_iteration(NULL, FALSE);
	ck_assert_uint_eq(ear->n, 1);
	worker_unwatch(worker_here(), watch);
}

START_TEST(a_loop_inside_a_turn_begins_no_other)
{
	Ear ear;

	setup();
	open_ear(&ear);
	ear.watch.on_ready = on_ready_loop_inside;
	eventfd_write(ear.watch.fd, 1);
	TURN_UNTIL(ear.n == 1);
	close(ear.watch.fd);
	teardown();
}
END_TEST

/* ---- many writes ---- */

#define MANY 1000

/* One more of them, and everybody has something to say. */
typedef struct {
	TurnTask task;
	Ear     *ears; /* NULL: it only writes */
	unsigned n_ears;
} Write;

static void
on_write(TurnTask *base)
{
	Write *write = (Write *) base;

	g_string_append_c(ran, 'w');
	for (unsigned i = 0; i < write->n_ears; i++)
		eventfd_write(write->ears[i].watch.fd, 1);
}

static void
on_ready_note(Watch *watch, uint32_t events)
{
	g_string_append_c(ran, 'r');
	on_ready(watch, events);
}

static void
open_ears(Ear *ears, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		open_ear(&ears[i]);
		ears[i].watch.on_ready = on_ready_note;
	}
}

static void
close_ears(Ear *ears, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		worker_unwatch(worker_here(), &ears[i].watch);
		close(ears[i].watch.fd);
	}
}

/* When the first is done, all `ears` have something to say. */
static void
queue_writes(Write *writes, void (*run)(TurnTask *task), Ear *ears, unsigned n_ears)
{
	for (unsigned i = 0; i < MANY; i++) {
		writes[i] = (Write){.task.run = run};
		worker_at_turn_end(worker_here(), TURN_FLUSH, &writes[i].task);
	}
	writes[0].ears = ears;
	writes[0].n_ears = n_ears;
}

START_TEST(what_comes_in_is_read_before_many_writes_are_done)
{
	static Write writes[MANY];
	Ear          ear;

	setup();
	open_ears(&ear, 1);
	queue_writes(writes, on_write, &ear, 1);
	TURN_UNTIL(unit_count(ran->str, 'w') == MANY && ear.n == 1);
	ck_assert_uint_lt(strcspn(ran->str, "r"), MANY / 2);
	close_ears(&ear, 1);
	teardown();
}
END_TEST

START_TEST(fewer_are_read_than_written_while_many_writes_are_left)
{
	static Write writes[MANY];
	static Ear   ears[MANY / 2];

	setup();
	open_ears(ears, MANY / 2);
	queue_writes(writes, on_write, ears, MANY / 2);
	TURN_UNTIL(unit_count(ran->str, 'w') == MANY && unit_count(ran->str, 'r') == MANY / 2);

	const char *last_write = strrchr(ran->str, 'w');
	unsigned    n_after = (unsigned) strlen(last_write + 1);

	ck_assert_uint_gt(n_after, 0);
	ck_assert_uint_lt(MANY / 2 - n_after, MANY / 4);
	close_ears(ears, MANY / 2);
	teardown();
}
END_TEST

static bool is_over;

static void
on_write_again(TurnTask *base)
{
	on_write(base);
	((Write *) base)->n_ears = 0;
	if (!is_over)
		worker_at_turn_end(worker_here(), TURN_FLUSH, base);
}

START_TEST(all_are_read_in_time_though_there_is_always_something_to_write)
{
	static Write writes[MANY];
	static Ear   ears[MANY / 2];

	setup();
	open_ears(ears, MANY / 2);
	queue_writes(writes, on_write_again, ears, MANY / 2);
	TURN_UNTIL(unit_count(ran->str, 'r') == MANY / 2);
	ck_assert_uint_lt(unit_count(ran->str, 'w'), 3 * MANY);
	is_over = true;
	close_ears(ears, MANY / 2);
	teardown();
}
END_TEST

static void
on_ready_long(Watch *watch, uint32_t events)
{
	on_ready_note(watch, events);
	fake_clock_advance(MANY / 2);
	eventfd_write(watch->fd, 1);
}

static void
on_write_long(TurnTask *base)
{
	on_write(base);
	fake_clock_advance(1);
}

START_TEST(what_came_in_takes_no_longer_than_what_is_written)
{
	static Write writes[MANY];
	Ear          ear;

	setup();
	open_ears(&ear, 1);
	ear.watch.on_ready = on_ready_long;
	eventfd_write(ear.watch.fd, 1);
	queue_writes(writes, on_write_long, NULL, 0);
	TURN_UNTIL(unit_count(ran->str, 'w') == MANY);

	const char *first_write = strchr(ran->str, 'w');

	ck_assert_uint_ge(strspn(first_write, "w"), MANY / 2);
	close_ears(&ear, 1);
	teardown();
}
END_TEST

START_TEST(the_last_turn_leaves_no_writes)
{
	static Write writes[MANY];

	ran = g_string_new(NULL);
	workers_start(1);
	queue_writes(writes, on_write, NULL, 0);
	workers_stop();
	ck_assert_uint_eq(unit_count(ran->str, 'w'), MANY);
	g_string_free(ran, TRUE);
}
END_TEST

/* ---- timers ---- */

static unsigned n_due;

static void
on_due(Timer *timer)
{
	(void) timer;
	n_due++;
}

START_TEST(timers_run_by_the_clock_of_the_turn)
{
	Timer timer = {.func = on_due};

	setup();
	worker_set_timer(worker_here(), &timer, vmq_now_ms() + 1000);
	turn_once();
	ck_assert_uint_eq(n_due, 0);
	int64_t before = vmq_now_ms();

	fake_clock_advance(1000);
	ck_assert_int_eq(vmq_now_ms(), before); /* as of the start of the turn */
	turn_once();
	ck_assert_int_eq(vmq_now_ms(), before + 1000);
	ck_assert_uint_eq(n_due, 1);
	worker_set_timer(worker_here(), &timer, vmq_now_ms() + 5);
	worker_stop_timer(worker_here(), &timer);
	fake_clock_advance(10);
	turn_once();
	ck_assert_uint_eq(n_due, 1);
	teardown();
}
END_TEST

/* ---- several ---- */

static void
note_worker(void *data)
{
	*(unsigned *) data = vmq_worker_here();
}

START_TEST(a_call_runs_on_the_worker_that_it_was_sent_to)
{
	unsigned seen[3] = {9, 9, 9};

	workers_start(3);
	ck_assert_uint_eq(vmq_workers(), 3);
	for (unsigned i = 0; i < 3; i++) {
		turn_on(i, note_worker, &seen[i]);
		ck_assert_uint_eq(seen[i], i);
	}
	workers_stop();
}
END_TEST

static _Atomic unsigned n_dropped;

static void
on_drop(void *data)
{
	(void) data;
	n_dropped++;
}

START_TEST(what_nobody_opens_any_more_is_dropped)
{
	unsigned unused;

	workers_start(1);
	vmq_invoke(0, note_worker, &unused, on_drop);
	vmq_invoke(0, note_worker, &unused, NULL);
	workers_stop();
	ck_assert_uint_eq(n_dropped, 1);
}
END_TEST

START_TEST(workers_can_be_started_again)
{
	for (unsigned i = 1; i <= 3; i++) {
		workers_start(i);
		turn_once();
		workers_stop();
	}
}
END_TEST

static _Atomic bool     hold;
static _Atomic unsigned n_destroyed;

static void
hold_the_turn(void *unused)
{
	(void) unused;
	while (hold)
		g_thread_yield();
}

static void
on_destroy(void *data)
{
	g_assert(vmq_worker_here() == 0 && data == &n_destroyed);
	n_destroyed++;
}

START_TEST(what_is_retired_lasts_until_every_worker_has_ended_its_turn)
{
	workers_start(3);
	hold = true;
	vmq_invoke(1, hold_the_turn, NULL, NULL);
	vmq_retire(&n_destroyed, on_destroy);
	for (unsigned i = 0; i < 20; i++)
		turn_once();
	ck_assert_uint_eq(n_destroyed, 0);
	hold = false;
	TURN_UNTIL(n_destroyed == 1);
	workers_stop();
}
END_TEST

UNIT_MAIN("worker", a_turn_ends_with_letters_then_bytes_then_what_is_freed,
          a_task_may_queue_others_of_earlier_phases_too, a_watch_is_called_while_it_is_ready_and_wanted,
          who_is_unwatched_in_a_callback_is_not_called_even_if_it_was_ready, a_watch_may_end_itself,
          a_loop_inside_a_turn_begins_no_other, what_comes_in_is_read_before_many_writes_are_done,
          fewer_are_read_than_written_while_many_writes_are_left,
          all_are_read_in_time_though_there_is_always_something_to_write,
          what_came_in_takes_no_longer_than_what_is_written, the_last_turn_leaves_no_writes,
          timers_run_by_the_clock_of_the_turn, a_call_runs_on_the_worker_that_it_was_sent_to,
          what_nobody_opens_any_more_is_dropped, workers_can_be_started_again,
          what_is_retired_lasts_until_every_worker_has_ended_its_turn)
