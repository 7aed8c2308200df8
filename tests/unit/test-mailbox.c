/* SPDX-License-Identifier: Apache-2.0 */
#include "run/mailbox.h"
#include "unit.h"

#include <poll.h>
#include <pthread.h>

typedef struct {
	Mail     mail;
	unsigned sender, number;
} Letter;

static Mailbox *box;
static unsigned n_opened, next_of[4];
static _Atomic unsigned n_dropped;

static void
on_open(Mail *mail)
{
	Letter *letter = (Letter *) mail;

	ck_assert_uint_eq(letter->number, next_of[letter->sender]); /* in the order of its sender */
	next_of[letter->sender]++;
	n_opened++;
	g_free(letter);
}

static void
on_drop(Mail *mail)
{
	n_dropped++;
	g_free(mail);
}

static void
post(unsigned sender, unsigned number)
{
	Letter *letter = g_new0(Letter, 1);

	letter->mail = (Mail){.open = on_open, .drop = on_drop};
	letter->sender = sender;
	letter->number = number;
	mailbox_post(box, &letter->mail);
}

static bool
is_readable(void)
{
	struct pollfd fd = {.fd = mailbox_get_fd(box), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

START_TEST(the_descriptor_is_readable_while_letters_wait)
{
	box = mailbox_new();
	ck_assert(!is_readable());
	mailbox_open_all(box);
	post(0, 0);
	post(0, 1);
	ck_assert(is_readable());
	mailbox_open_all(box);
	ck_assert(!is_readable());
	ck_assert_uint_eq(n_opened, 2);
	mailbox_free(box);
	mailbox_free(NULL);
}
END_TEST

START_TEST(a_closed_mailbox_drops_what_is_inside_and_what_still_comes)
{
	box = mailbox_new();
	post(0, 0);
	mailbox_close(box);
	ck_assert_uint_eq(n_dropped, 1);
	post(0, 1);
	ck_assert_uint_eq(n_dropped, 2);
	mailbox_open_all(box);
	ck_assert_uint_eq(n_opened, 0);
	mailbox_free(box);
}
END_TEST

START_TEST(freeing_drops_what_nobody_opened)
{
	box = mailbox_new();
	post(0, 0);
	mailbox_free(box);
	ck_assert_uint_eq(n_dropped, 1);
}
END_TEST

static void
on_open_and_post(Mail *mail)
{
	Letter *letter = (Letter *) mail;

	n_opened++;
	if (letter->number > 0)
		post(0, 0);
	g_free(letter);
}

START_TEST(a_letter_may_post_another_which_waits_for_the_next_time)
{
	Letter *letter = g_new0(Letter, 1);

	box = mailbox_new();
	letter->mail = (Mail){.open = on_open_and_post, .drop = on_drop};
	letter->number = 1;
	mailbox_post(box, &letter->mail);
	mailbox_open_all(box);
	ck_assert_uint_eq(n_opened, 1);
	ck_assert(is_readable());
	mailbox_open_all(box);
	ck_assert_uint_eq(n_opened, 2);
	mailbox_free(box);
}
END_TEST

#define N_LETTERS 50000

static void *
run_sender(void *data)
{
	for (unsigned i = 0; i < N_LETTERS; i++)
		post(GPOINTER_TO_UINT(data), i);
	return NULL;
}

START_TEST(letters_of_several_threads_all_arrive_in_the_order_of_each)
{
	pthread_t     threads[G_N_ELEMENTS(next_of)];
	struct pollfd fd = {.events = POLLIN};

	box = mailbox_new();
	fd.fd = mailbox_get_fd(box);
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_sender, GUINT_TO_POINTER(i)), 0);
	/* A wake-up that was lost would leave us here. */
	while (n_opened < N_LETTERS * G_N_ELEMENTS(threads)) {
		ck_assert_int_eq(poll(&fd, 1, -1), 1);
		mailbox_open_all(box);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert(!is_readable());
	mailbox_free(box);
}
END_TEST

START_TEST(closing_under_senders_loses_no_letter_and_opens_none_twice)
{
	pthread_t threads[G_N_ELEMENTS(next_of)];

	box = mailbox_new();
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_sender, GUINT_TO_POINTER(i)), 0);
	while (n_opened < 1000)
		mailbox_open_all(box);
	mailbox_close(box);
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(n_opened + n_dropped, N_LETTERS * G_N_ELEMENTS(threads));
	mailbox_free(box);
}
END_TEST

UNIT_MAIN("mailbox", the_descriptor_is_readable_while_letters_wait,
          a_closed_mailbox_drops_what_is_inside_and_what_still_comes,
          freeing_drops_what_nobody_opened,
          a_letter_may_post_another_which_waits_for_the_next_time,
          letters_of_several_threads_all_arrive_in_the_order_of_each,
          closing_under_senders_loses_no_letter_and_opens_none_twice)
