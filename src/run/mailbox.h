/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox.h - the one way across threads
 *
 * Any thread puts letters in, the owner takes all of them out at once. A letter
 * is a struct that embeds Mail first. Letters of one sender stay in order. The
 * owner is woken through a file descriptor, once per batch and not per letter.
 *
 * Owner:   a worker.
 * Memory:  a letter belongs to the mailbox from post to open or drop, either of
 *          which is called exactly once and takes it over.
 */
#pragma once

#include <vibemq/types.h>

typedef struct Mail Mail;
struct Mail {
	Mail *next;
	void (*open)(Mail *mail); /* on the receiving worker */
	void (*drop)(Mail *mail); /* instead of open, when the receiver is gone; any thread */
};

typedef struct Mailbox Mailbox;

Mailbox *mailbox_new(void);
void     mailbox_free(Mailbox *box);         /* drops what is inside; NULL is fine */
int      mailbox_get_fd(const Mailbox *box); /* readable while letters wait */

void mailbox_post(Mailbox *box, Mail *mail); /* any thread */
void mailbox_open_all(Mailbox *box);         /* the owner */

/* From now on letters are dropped. Any thread. */
void mailbox_close(Mailbox *box);
