/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - QoS 1 and 2 deliveries in flight to a client */
#include "core/window.h"

#include "core/core.h"

#define ROOM_LEAST 8

static InFlight *
at(const Window *window, uint32_t i)
{
	return &window->ring[(window->head + i) & (window->room - 1)];
}

static void
drop_done(Window *window)
{
	while (window->n > 0 && at(window, 0)->done) {
		window->head = (window->head + 1) & (window->room - 1);
		window->n--;
		window->n_past -= window->n_past > 0;
	}
	if (window->n == 0) {
		g_clear_pointer(&window->ring, g_free);
		window->room = window->head = 0;
	}
}

void
window_clear(Window *window)
{
	for (uint32_t i = 0; i < window->n; i++)
		if (!at(window, i)->done)
			delivery_clear(&at(window, i)->delivery);
	vmq_counter_add(core.counters.in_flight, -(int64_t) window->n_open);
	g_clear_pointer(&window->ring, g_free);
	window->n = window->n_open = window->n_sent = window->n_counts = window->n_past = 0;
	window->room = window->head = 0;
	window->bytes = 0;
}

/* What is done but stuck behind an older one goes first; only then is more room needed. */
static void
make_room(Window *window)
{
	uint32_t  room = window->n_open * 2 <= window->room ? MAX(ROOM_LEAST, window->room)
	                                                    : window->room * 2;
	InFlight *ring = g_new(InFlight, room);
	uint32_t  n = 0;

	for (uint32_t i = 0; i < window->n; i++)
		if (!at(window, i)->done)
			ring[n++] = *at(window, i);
	g_free(window->ring);
	window->ring = ring;
	window->room = room;
	window->head = 0;
	window->n = n;
	window->n_past = 0;
}

static bool
is_open(const InFlight *flight, uint16_t packet_id)
{
	return flight->packet_id == packet_id && !flight->done;
}

/*
 * Clients mostly acknowledge in order, so the one looked for is mostly the first.
 * Identifiers are given in a row: the distance from the first tells where the one
 * looked for is, unless the count has wrapped past identifiers still in use.
 */
InFlight *
window_find(Window *window, uint16_t packet_id)
{
	if (window->n == 0)
		return NULL;

	uint16_t guess = (uint16_t) (packet_id - at(window, 0)->packet_id);

	if (guess < window->n && is_open(at(window, guess), packet_id))
		return at(window, guess);
	for (uint32_t i = 0; i < window->n; i++)
		if (is_open(at(window, i), packet_id))
			return at(window, i);
	return NULL;
}

static uint16_t
after(uint16_t id)
{
	return id == UINT16_MAX ? 1 : id + 1;
}

/*
 * Identifiers are given in a row, so until the row has come round to the first in flight
 * the next one is free. From then on each must be looked for, until none is in flight.
 */
static bool
is_used(Window *window, uint16_t packet_id)
{
	if (window->n == 0)
		window->lapped = false;
	else if (packet_id == at(window, 0)->packet_id)
		window->lapped = true;
	return window->lapped && window_find(window, packet_id) != NULL;
}

/* The next that is free, where many in a row may not be. */
static uint16_t
search_id(const Window *window, uint16_t id)
{
	uint64_t used[(UINT16_MAX + 1) / 64] = {0};

	for (uint32_t i = 0; i < window->n; i++)
		if (!at(window, i)->done)
			used[at(window, i)->packet_id / 64] |= UINT64_C(1) << at(window, i)->packet_id % 64;
	while (used[id / 64] >> id % 64 & 1)
		id = after(id);
	return id;
}

InFlight *
window_add(Window *window, Delivery delivery)
{
	g_assert(window->n_open < UINT16_MAX);
	window->last_id = after(window->last_id);
	if (is_used(window, window->last_id))
		window->last_id = search_id(window, window->last_id);

	if (window->n == window->room)
		make_room(window);

	InFlight *flight = at(window, window->n++);

	*flight = (InFlight){.delivery = delivery, .packet_id = window->last_id};
	window->n_open++;
	window->bytes += msg_bytes(delivery.msg);
	vmq_counter_add(core.counters.in_flight, 1);
	return flight;
}

static void
forget_msg(Window *window, InFlight *flight)
{
	if (flight->delivery.msg != NULL)
		window->bytes -= msg_bytes(flight->delivery.msg);
	delivery_clear(&flight->delivery);
}

void
window_received(Window *window, InFlight *flight)
{
	uint8_t qos = flight->delivery.qos;

	forget_msg(window, flight);
	flight->delivery.qos = qos;
}

void
window_finish(Window *window, InFlight *flight)
{
	forget_msg(window, flight);
	vmq_counter_add(core.counters.in_flight, -1);
	flight->done = true;
	window->n_open--;
	window->n_sent -= flight->sent;
	window->n_counts -= flight->counts;
	drop_done(window);
}

void
window_rewind(Window *window)
{
	for (uint32_t i = 0; i < window->n; i++)
		at(window, i)->sent = at(window, i)->counts = false;
	window->n_sent = window->n_counts = window->n_past = 0;
}

InFlight *
window_next_open(const Window *window, uint32_t *i)
{
	while (*i < window->n) {
		InFlight *flight = at(window, (*i)++);

		if (!flight->done)
			return flight;
	}
	return NULL;
}

InFlight *
window_next_unreleased(const Window *window, uint32_t *i)
{
	InFlight *flight;

	while ((flight = window_next_open(window, i)) != NULL)
		if (!flight->sent && flight->delivery.msg == NULL)
			return flight;
	return NULL;
}

InFlight *
window_next_unsent(Window *window)
{
	for (; !window_is_all_sent(window); window->n_past++) {
		InFlight *flight = at(window, window->n_past);

		if (!flight->done && !flight->sent)
			return flight;
	}
	return NULL;
}

void
window_mark_sent(Window *window, InFlight *flight)
{
	flight->sent = true;
	window->n_sent++;
	flight->counts = flight->delivery.msg != NULL;
	window->n_counts += flight->counts;
}
