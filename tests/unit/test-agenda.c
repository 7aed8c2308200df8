/* SPDX-License-Identifier: Apache-2.0 */
#include "run/agenda.h"
#include "unit.h"

#include <glib.h>

typedef struct {
	TurnTask task;
	char     name;
} Task;

static Agenda   agenda;
static GString *ran;
static Task     a, b, c;

static void
on_task(TurnTask *task)
{
	g_string_append_c(ran, ((Task *) task)->name);
}

static void
setup(void)
{
	agenda = (Agenda){0};
	ran = g_string_new(NULL);
	a = (Task){.task.run = on_task, .name = 'a'};
	b = (Task){.task.run = on_task, .name = 'b'};
	c = (Task){.task.run = on_task, .name = 'c'};
}

static void
teardown(void)
{
	g_string_free(ran, TRUE);
}

static void
run_all(TurnPhase phase)
{
	while (agenda.n[phase] > 0)
		agenda_run_next(&agenda, phase);
	ck_assert_ptr_null(agenda.first[phase]);
	ck_assert_ptr_null(agenda.last[phase]);
}

START_TEST(tasks_of_a_phase_run_in_the_order_in_which_they_were_put_down)
{
	setup();
	agenda_put(&agenda, TURN_POST, &b.task);
	agenda_put(&agenda, TURN_FLUSH, &c.task);
	agenda_put(&agenda, TURN_POST, &a.task);
	run_all(TURN_POST);
	ck_assert_str_eq(ran->str, "ba");
	run_all(TURN_FLUSH);
	ck_assert_str_eq(ran->str, "bac");
	teardown();
}
END_TEST

START_TEST(a_task_stands_there_once)
{
	setup();
	agenda_put(&agenda, TURN_POST, &a.task);
	agenda_put(&agenda, TURN_POST, &b.task);
	agenda_put(&agenda, TURN_POST, &a.task);
	agenda_put(&agenda, TURN_FREE, &a.task);
	ck_assert_uint_eq(agenda.n[TURN_POST], 2);
	ck_assert_uint_eq(agenda.n[TURN_FREE], 0);
	run_all(TURN_POST);
	ck_assert_str_eq(ran->str, "ab");
	teardown();
}
END_TEST

START_TEST(a_task_that_has_run_may_be_put_down_again)
{
	setup();
	for (unsigned i = 0; i < 3; i++) {
		agenda_put(&agenda, TURN_FREE, &a.task);
		run_all(TURN_FREE);
	}
	ck_assert_str_eq(ran->str, "aaa");
	teardown();
}
END_TEST

START_TEST(one_that_is_struck_does_not_run)
{
	Task *tasks[] = {&a, &b, &c};

	setup();
	for (unsigned gone = 0; gone < 3; gone++) {
		for (unsigned i = 0; i < 3; i++)
			agenda_put(&agenda, TURN_POST, &tasks[i]->task);
		agenda_strike(&agenda, &tasks[gone]->task);
		agenda_strike(&agenda, &tasks[gone]->task); /* nothing */
		ck_assert_uint_eq(agenda.n[TURN_POST], 2);
		run_all(TURN_POST);
	}
	ck_assert_str_eq(ran->str, "bcacab");
	teardown();
}
END_TEST

UNIT_MAIN("agenda", tasks_of_a_phase_run_in_the_order_in_which_they_were_put_down, a_task_stands_there_once,
          a_task_that_has_run_may_be_put_down_again, one_that_is_struck_does_not_run)
