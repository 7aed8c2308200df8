/* SPDX-License-Identifier: Apache-2.0 */

#include "passwd/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* More than a password may have, so that a longer one is seen to be too long. */
#define MAX_LINE 1024u

static volatile sig_atomic_t interrupted; /* by this signal */

static void
on_signal(int signal)
{
	interrupted = signal;
}

void
prompt_wipe(char *password)
{
	if (password == NULL)
		return;
	explicit_bzero(password, strlen(password));
	g_free(password);
}

static char *
refuse(GError **error, const char *what)
{
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, what);
	return NULL;
}

/*
 * One byte, or what read(2) says. Signals that are blocked come only while we wait,
 * and so can neither be missed before nor interrupt anything else; NULL: none are.
 */
static ssize_t
read_byte(char *byte, const sigset_t *while_waiting)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	if (ppoll(&input, 1, NULL, while_waiting) < 0)
		return -1;
	return read(STDIN_FILENO, byte, 1);
}

/* One line, byte by byte: what follows is not ours. */
static char *
read_line(const sigset_t *while_waiting, GError **error)
{
	char   line[MAX_LINE];
	size_t length = 0;
	char  *password = NULL;

	for (;;) {
		char    byte;
		ssize_t got = read_byte(&byte, while_waiting);

		if (got < 0 && errno == EINTR && !interrupted)
			continue;
		if (got < 0) {
			refuse(error, interrupted ? "interrupted" : g_strerror(errno));
			break;
		}
		if (got == 0 || byte == '\n') {
			if (length > 0 && line[length - 1] == '\r')
				length--;
			password = g_strndup(line, length);
			break;
		}
		if (byte == '\0') {
			refuse(error, "the password holds a NUL");
			break;
		}
		if (length == MAX_LINE) {
			refuse(error, "the password is too long");
			break;
		}
		line[length++] = byte;
	}
	explicit_bzero(line, sizeof line);
	return password;
}

/* Asks with the echo off. */
static char *
ask(const char *text, const char *user, const sigset_t *while_waiting, GError **error)
{
	fprintf(stderr, "%s %s: ", text, user);

	char *password = read_line(while_waiting, error);

	fputc('\n', stderr);
	return password;
}

static char *
ask_twice(const char *user, const sigset_t *while_waiting, GError **error)
{
	char *first = ask("Password for", user, while_waiting, error);
	char *second = NULL;

	if (first != NULL)
		second = ask("Once more, password for", user, while_waiting, error);

	bool equal = second != NULL && strcmp(first, second) == 0;

	if (second != NULL && !equal)
		refuse(error, "the two passwords differ");
	prompt_wipe(second);
	if (equal)
		return first;
	prompt_wipe(first);
	return NULL;
}

char *
prompt_password(const char *user, GError **error)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal}, old[G_N_ELEMENTS(ends)];
	struct termios   shown, hidden;
	sigset_t         blocked, before;

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return read_line(NULL, error);

	sigemptyset(&blocked);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		sigaddset(&blocked, ends[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		sigaction(ends[i], &action, &old[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t) ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);

	char *password = ask_twice(user, &before, error);

	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		sigaction(ends[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (interrupted) {
		prompt_wipe(g_steal_pointer(&password));
		raise(interrupted); /* our end is then seen for what it was */
	}
	return password;
}
