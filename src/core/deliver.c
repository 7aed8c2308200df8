/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.c - the one door out: a message to all that match */
#include "core/deliver.h"

#include "core/core.h"
#include "core/handover.h"
#include "core/parcel.h"
#include "core/session.h"
#include "run/worker.h"

/* All that a turn has for one other worker. */
typedef struct {
	Mail     mail;
	Buf      parcels;
	unsigned from;
	uint64_t bytes; /* of it and of the messages that it holds */
	uint64_t most;  /* of bytes, before publishers are held */
} Letter;

/* Letters being written in this turn, by the worker they go to. */
typedef struct {
	TurnTask post;
	Letter  *letters[WORKER_MAX];
} Desk;

static _Thread_local Desk desk;

/* It left between the match and here; but in a shared group there may be others. */
static void
deliver_stale(VmqMsg *msg, const VmqGrant *grant)
{
	if (grant->group != 0 && msg->qos > 0)
		deliver_to_group(msg, grant->group);
}

static void
deliver_one(const Slots *slots, VmqMsg *msg, const Match *match, const uint32_t *ids)
{
	const Slot *slot = slots_find(slots, match->addr);
	VmqGrant    grant = match_grant(match, ids);

	if (slot == NULL) {
		deliver_stale(msg, &grant);
		return;
	}

	const VmqSinkOps *ops = slot->kind;

	ops->deliver(slot->owner, msg, &grant);
}

/* Of many receivers few are in the caches: their owners are on the way when it is their turn. */
#define EXPECTED 4

static void
expect(const void *start)
{
	for (unsigned line = 0; line < 4; line++)
		__builtin_prefetch((const char *) start + 64 * line);
}

/* Receivers of messages to come: then the first of them are still in the caches. */
#define EXPECTED_AHEAD 64

static unsigned
expect_sessions(const Matches *const *answers, unsigned n, const Session **sessions)
{
	unsigned n_sessions = 0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < answers[i]->n && n_sessions < EXPECTED_AHEAD; k++) {
			const Session *session = session_find(answers[i]->items[k].addr);

			if (session == NULL)
				continue;
			expect(session);
			sessions[n_sessions++] = session;
		}
	return n_sessions;
}

/* A session names its connection, and that what it writes to: one thing of all, then the next. */
void
deliver_expect(const Matches *const *answers, unsigned n)
{
	const Session *sessions[EXPECTED_AHEAD];
	unsigned       n_sessions = expect_sessions(answers, n, sessions);

	for (unsigned i = 0; i < n_sessions; i++)
		session_expect_conn(sessions[i]);
	for (unsigned i = 0; i < n_sessions; i++)
		session_expect_publish(sessions[i]);
}

static void
deliver_here(const Slots *slots, VmqMsg *msg, const Match *matches, unsigned n, const uint32_t *ids)
{
	for (unsigned i = 0; i < n; i++) {
		const Slot *slot =
			i + EXPECTED < n ? slots_find(slots, matches[i + EXPECTED].addr) : NULL;

		if (slot != NULL)
			expect(slot->owner);
		deliver_one(slots, msg, &matches[i], ids);
	}
}

/* ---- letters ---- */

/* What they need is asked of memory together. */
#define PARCELS_AT_ONCE 16

static void
letter_free(Letter *letter)
{
	buf_free(&letter->parcels);
	g_free(letter);
}

/* What another worker wrote is in its caches, and who gets it mostly in none. */
static void
expect_parcels(const Parcel *parcels, unsigned n)
{
	const Matches *answers[PARCELS_AT_ONCE];

	for (unsigned i = 0; i < n; i++) {
		expect(parcels[i].msg);
		answers[i] = &parcels[i].matches;
	}
	deliver_expect(answers, n);
}

static void
on_open(Mail *mail)
{
	Letter  *letter = (Letter *) mail;
	Slots   *slots = worker_slots(worker_here());
	Parcel   parcels[PARCELS_AT_ONCE];
	unsigned n;

	while ((n = parcels_unpack(&letter->parcels, parcels, PARCELS_AT_ONCE)) > 0) {
		expect_parcels(parcels, n);
		for (unsigned i = 0; i < n; i++) {
			const Matches *matches = &parcels[i].matches;

			deliver_here(slots, parcels[i].msg, matches->items, matches->n, matches->ids);
			vmq_msg_unref(parcels[i].msg);
		}
	}
	handover_open(letter->from, letter->bytes);
	letter_free(letter);
}

static void
on_drop(Mail *mail)
{
	Letter *letter = (Letter *) mail;
	Parcel  parcel;

	while (parcels_unpack(&letter->parcels, &parcel, 1) > 0)
		vmq_msg_unref(parcel.msg);
	letter_free(letter);
}

static void
on_post(TurnTask *task)
{
	(void) task;
	for (unsigned i = 0; i < vmq_workers(); i++) {
		Letter *letter = g_steal_pointer(&desk.letters[i]);

		if (letter == NULL)
			continue;
		handover_post(i, letter->bytes);
		worker_post(i, &letter->mail);
	}
}

static Letter *
letter_new(unsigned to)
{
	uint64_t most = core_limits()->max_handover_bytes, ahead = handover_ahead(to);
	Letter  *letter = g_new0(Letter, 1);

	letter->mail = (Mail){.open = on_open, .drop = on_drop};
	letter->from = vmq_worker_here();
	letter->most = most > ahead ? most - ahead : 0;
	return letter;
}

static Letter *
letter_to(unsigned worker)
{
	if (desk.letters[worker] == NULL) {
		desk.letters[worker] = letter_new(worker);
		desk.post.run = on_post;
		worker_at_turn_end(worker_here(), TURN_POST, &desk.post);
	}
	return desk.letters[worker];
}

static void
pack(unsigned to, VmqMsg *msg, const Match *matches, unsigned n, const Matches *all)
{
	Letter *letter = letter_to(to);

	letter->bytes += msg_bytes(msg) + parcel_pack(&letter->parcels, msg, matches, n, all);
	if (letter->bytes > letter->most)
		handover_hold(to, msg->publisher);
}

/* Matches of one filter come sorted by worker; others at least in runs. */
void
deliver_send(VmqMsg *msg, const Matches *matches)
{
	unsigned here = vmq_worker_here();
	Slots   *slots = worker_slots(worker_here());

	for (unsigned i = 0, end; i < matches->n; i = end) {
		unsigned worker = matches->items[i].addr.worker;

		for (end = i; end < matches->n && matches->items[end].addr.worker == worker; end++)
			;
		if (worker == here)
			deliver_here(slots, msg, matches->items + i, end - i, matches->ids);
		else
			pack(worker, msg, matches->items + i, end - i, matches);
	}
}

bool
deliver_to_group(VmqMsg *msg, uint32_t group)
{
	Matches matches = {0};

	matches_add_group(&matches, group);
	router_take_turns(core.router, &matches);

	bool has_member = matches.n > 0;

	if (!has_member)
		vmq_counter_add(core.counters.dropped_with_member, 1);
	deliver_send(msg, &matches);
	matches_free(&matches);
	return has_member;
}
