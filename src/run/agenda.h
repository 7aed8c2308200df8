/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agenda.h - what a turn puts off to its end
 *
 * Tasks in phases; those of one phase in the order in which they were put down. A task embeds
 * TurnTask first and stands on one agenda once: to put it down again is nothing.
 *
 * Owner:   a worker; zero-initialised it is empty.
 * Threads: its owner's.
 * Memory:  a task is its owner's, who strikes it before it goes.
 */
#pragma once

#include <stdint.h>

typedef enum {
	TURN_POST,  /* letters to other workers */
	TURN_FLUSH, /* bytes to sockets */
	TURN_FREE,  /* what nobody needs any more */
	TURN_N_PHASES,
} TurnPhase;

typedef struct TurnTask TurnTask;
struct TurnTask {
	TurnTask *next, *prev;
	void (*run)(TurnTask *task);
	uint8_t phase_plus_1; /* 0: on no agenda */
};

typedef struct {
	TurnTask *first[TURN_N_PHASES], *last[TURN_N_PHASES];
	unsigned  n[TURN_N_PHASES];
} Agenda;

void agenda_put(Agenda *agenda, TurnPhase phase, TurnTask *task);
void agenda_strike(Agenda *agenda, TurnTask *task); /* one that is not on it: nothing */

/* Strikes the first of a phase, of which there must be one, and runs it; it may put down others. */
void agenda_run_next(Agenda *agenda, TurnPhase phase);
