/* SPDX-License-Identifier: Apache-2.0 */
/* timer.c - what is to happen later */
#include "run/timer.h"

static void
put(Timers *timers, uint32_t place, Timer *timer)
{
	timers->heap[place] = timer;
	timer->place = place;
}

static void
sift_up(Timers *timers, Timer *timer, uint32_t place)
{
	for (; place > 1 && timers->heap[place / 2]->at_ms > timer->at_ms; place /= 2)
		put(timers, place, timers->heap[place / 2]);
	put(timers, place, timer);
}

static void
sift_down(Timers *timers, Timer *timer, uint32_t place)
{
	for (uint32_t child; (child = place * 2) <= timers->n; place = child) {
		if (child < timers->n && timers->heap[child + 1]->at_ms < timers->heap[child]->at_ms)
			child++;
		if (timers->heap[child]->at_ms >= timer->at_ms)
			break;
		put(timers, place, timers->heap[child]);
	}
	put(timers, place, timer);
}

static void
sift(Timers *timers, Timer *timer, uint32_t place)
{
	if (place > 1 && timers->heap[place / 2]->at_ms > timer->at_ms)
		sift_up(timers, timer, place);
	else
		sift_down(timers, timer, place);
}

void
timers_clear(Timers *timers)
{
	for (uint32_t i = 1; i <= timers->n; i++)
		timers->heap[i]->place = 0;
	g_clear_pointer(&timers->heap, g_free);
	timers->n = timers->room = 0;
}

void
timer_set(Timers *timers, Timer *timer, int64_t at_ms)
{
	timer->at_ms = timers->running_ms != 0 ? MAX(at_ms, timers->running_ms + 1) : at_ms;
	if (timer->place != 0) {
		sift(timers, timer, timer->place);
		return;
	}
	if (timers->n + 1 >= timers->room) {
		timers->room = MAX(64, timers->room * 2);
		timers->heap = g_renew(Timer *, timers->heap, timers->room);
	}
	sift_up(timers, timer, ++timers->n);
}

void
timer_stop(Timers *timers, Timer *timer)
{
	uint32_t place = timer->place;

	if (place == 0)
		return;
	timer->place = 0;

	Timer *last = timers->heap[timers->n--];

	if (last != timer)
		sift(timers, last, place);
}

int64_t
timers_next_ms(const Timers *timers)
{
	return timers->n > 0 ? timers->heap[1]->at_ms : INT64_MAX;
}

void
timers_run(Timers *timers, int64_t now_ms)
{
	timers->running_ms = now_ms;
	while (timers_next_ms(timers) <= now_ms) {
		Timer *timer = timers->heap[1];

		timer_stop(timers, timer);
		timer->func(timer);
	}
	timers->running_ms = 0;
}
