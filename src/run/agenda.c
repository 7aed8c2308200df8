/* SPDX-License-Identifier: Apache-2.0 */
/* agenda.c - what a turn puts off to its end */
#include "run/agenda.h"

#include <stddef.h>

void
agenda_put(Agenda *agenda, TurnPhase phase, TurnTask *task)
{
	if (task->phase_plus_1 != 0)
		return;
	task->phase_plus_1 = (uint8_t) (phase + 1);
	task->next = NULL;
	task->prev = agenda->last[phase];
	if (task->prev != NULL)
		task->prev->next = task;
	else
		agenda->first[phase] = task;
	agenda->last[phase] = task;
	agenda->n[phase]++;
}

void
agenda_strike(Agenda *agenda, TurnTask *task)
{
	if (task->phase_plus_1 == 0)
		return;

	unsigned phase = task->phase_plus_1 - 1u;

	if (task->prev != NULL)
		task->prev->next = task->next;
	else
		agenda->first[phase] = task->next;
	if (task->next != NULL)
		task->next->prev = task->prev;
	else
		agenda->last[phase] = task->prev;
	task->phase_plus_1 = 0;
	agenda->n[phase]--;
}

void
agenda_run_next(Agenda *agenda, TurnPhase phase)
{
	TurnTask *task = agenda->first[phase];

	agenda_strike(agenda, task);
	task->run(task);
}
