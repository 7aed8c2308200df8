/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.c - the one way across threads */
#include "run/mailbox.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Mailbox {
	pthread_mutex_t lock; /* guards what follows */
	Mail           *first, *last;
	bool            closed;
	int             fd;
};

Mailbox *
mailbox_new(void)
{
	Mailbox *box = g_new0(Mailbox, 1);

	pthread_mutex_init(&box->lock, NULL);
	box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	g_assert(box->fd >= 0);
	return box;
}

static Mail *
take_all(Mailbox *box, bool close_it)
{
	pthread_mutex_lock(&box->lock);
	Mail *first = box->first;

	box->first = box->last = NULL;
	box->closed |= close_it;
	pthread_mutex_unlock(&box->lock);
	return first;
}

void
mailbox_close(Mailbox *box)
{
	for (Mail *mail = take_all(box, true), *next; mail != NULL; mail = next) {
		next = mail->next;
		mail->drop(mail);
	}
}

void
mailbox_free(Mailbox *box)
{
	if (box == NULL)
		return;
	mailbox_close(box);
	close(box->fd);
	pthread_mutex_destroy(&box->lock);
	g_free(box);
}

int
mailbox_get_fd(const Mailbox *box)
{
	return box->fd;
}

void
mailbox_post(Mailbox *box, Mail *mail)
{
	mail->next = NULL;

	pthread_mutex_lock(&box->lock);
	bool closed = box->closed;
	bool wake = !closed && box->first == NULL;

	if (!closed) {
		if (box->last != NULL)
			box->last->next = mail;
		else
			box->first = mail;
		box->last = mail;
	}
	pthread_mutex_unlock(&box->lock);

	if (closed)
		mail->drop(mail);
	else if (wake && eventfd_write(box->fd, 1) != 0)
		g_assert_not_reached(); /* the counter cannot overflow: one write per take */
}

void
mailbox_open_all(Mailbox *box)
{
	eventfd_t ignored;

	/* Reset the wake-up first: a letter posted after the take writes it again. */
	if (eventfd_read(box->fd, &ignored) != 0)
		return;
	for (Mail *mail = take_all(box, false), *next; mail != NULL; mail = next) {
		next = mail->next;
		mail->open(mail);
	}
}
