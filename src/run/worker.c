/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - a thread, its loop, its mailbox and all that lives there */
#include "run/worker.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/spares.h"
#include "run/crew.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_PER_WAIT 1024

/*
 * To write to a thousand sockets takes milliseconds. What comes in meanwhile should leave with the
 * writes that are still to come, and not wait for all of them: so a turn does so many of its writes
 * and leaves the rest to the next, which looks for events first. It takes few of them, because who
 * is read from later has more to say in one read.
 *
 * Neither side waits for the other for long. A turn goes on writing until that took as long as what
 * came in; and when the writes are done that were owed when all events were taken, all are again.
 */
#define WRITES_AT_ONCE    64
#define EVENTS_WHILE_LATE 8

/* Turns before other GSources of the context get their chance. */
#define TURNS_PER_DISPATCH 8

/*
 * After fewer events than this there is mostly nothing yet, which is better asked by sleeping;
 * after more there mostly is.
 */
#define EVENTS_OF_MORE 4

struct Worker {
	unsigned      index;
	int64_t       now_ms, now_ns; /* as of when it last looked for events */
	int           epoll_fd;
	Mailbox      *mailbox;
	Watch         mailbox_watch;
	Slots         slots;
	Timers        timers;
	GMainContext *context;
	GMainLoop    *loop;
	GSource      *source;
	pthread_t     thread;
	uint8_t      *scratch;
	Spares        spares;
	Agenda        agenda;
	unsigned      n_owed; /* writes that were queued when all events were taken; some may be gone */

	struct epoll_event events[EVENTS_PER_WAIT];
	int                n_events, event; /* of the wait being worked off */
	bool               in_turn;
};

typedef struct {
	GSource  source;
	Worker  *worker;
	gpointer tag;
} WorkerSource;

_Thread_local Worker *worker_self;

static Worker  *workers[WORKER_MAX];
static unsigned n_workers;

/* ---- file descriptors ---- */

void
worker_watch(Worker *worker, Watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	watch->events = events;
	if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) != 0)
		g_error("epoll_ctl: %s", g_strerror(errno));
}

void
worker_rewatch(Worker *worker, Watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (events == watch->events)
		return;
	watch->events = events;
	if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) != 0)
		g_error("epoll_ctl: %s", g_strerror(errno));
}

void
worker_unwatch(Worker *worker, Watch *watch)
{
	struct epoll_event unused = {0};

	epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, watch->fd, &unused);

	/* It may be among those that this wait brought and that are still to come. */
	for (int i = worker->event; i < worker->n_events; i++)
		if (worker->events[i].data.ptr == watch)
			worker->events[i].data.ptr = NULL;
}

static void
on_mail(Watch *watch, uint32_t events)
{
	Worker *worker = worker_here();

	(void) watch;
	(void) events;
	mailbox_open_all(worker->mailbox);
}

/* ---- the turn ---- */

void
worker_at_turn_end(Worker *worker, TurnPhase phase, TurnTask *task)
{
	agenda_put(&worker->agenda, phase, task);
}

void
worker_cancel(Worker *worker, TurnTask *task)
{
	agenda_strike(&worker->agenda, task);
}

/* The clock is asked after so many. */
static bool
may_write(unsigned n_written, int64_t until_ns)
{
	return n_written == 0 || n_written % WRITES_AT_ONCE != 0 || clock_monotonic_ns() < until_ns;
}

/*
 * A task may queue others, of earlier phases too; the turn ends when none is left, or only writes
 * and it is past `until_ns`.
 */
static void
end_turn(Worker *worker, int64_t until_ns)
{
	unsigned n_writes = 0;

	for (unsigned phase = 0; phase < TURN_N_PHASES;) {
		if (worker->agenda.n[phase] == 0 ||
		    (phase == TURN_FLUSH && !may_write(n_writes, until_ns))) {
			phase++;
			continue;
		}
		n_writes += phase == TURN_FLUSH;
		agenda_run_next(&worker->agenda, phase);
		phase = 0;
	}
	worker->n_owed -= MIN(worker->n_owed, n_writes);
}

static void
end_last_turn(Worker *worker)
{
	do
		end_turn(worker, 0);
	while (worker->agenda.n[TURN_FLUSH] > 0);
}

/* Returns whether it is likely that there is more to read or write by now. */
static bool
take_events(Worker *worker, int most)
{
	int n = epoll_wait(worker->epoll_fd, worker->events, most, 0);

	worker->now_ns = clock_monotonic_ns();
	worker->now_ms = MAX(worker->now_ns / 1000000, 1);
	worker->n_events = MAX(n, 0);
	for (worker->event = 0; worker->event < worker->n_events;) {
		struct epoll_event *event = &worker->events[worker->event++];
		Watch              *watch = event->data.ptr;

		if (watch != NULL)
			watch->on_ready(watch, event->events);
	}
	worker->n_events = 0;
	return n >= EVENTS_OF_MORE;
}

/*
 * Under load a turn reads on for up to a millisecond, as long as there is something: the more
 * it takes, the fewer writes it ends with. Nothing waits when there is nothing more.
 */
static bool
take_all_events(Worker *worker)
{
	bool    has_more = take_events(worker, EVENTS_PER_WAIT);
	int64_t first_ms = worker->now_ms;

	while (has_more && worker->now_ms == first_ms)
		has_more = take_events(worker, EVENTS_PER_WAIT);
	return has_more;
}

/* Whether writes are left that were owed when all events were taken. */
static bool
is_late(const Worker *worker)
{
	return worker->n_owed > 0 && worker->agenda.n[TURN_FLUSH] > 0;
}

/*
 * Where workers take turns, all should have read before one writes: what one reads for clients of
 * another then leaves with what that one has for them, in one write and not in two.
 */
static void
read_ahead(Worker *worker)
{
	take_all_events(worker);
	while (worker->agenda.n[TURN_POST] > 0)
		agenda_run_next(&worker->agenda, TURN_POST);
}

/* Returns whether another should follow at once. */
static bool
turn(Worker *worker)
{
	bool was_late = is_late(worker);
	bool has_more =
		was_late ? take_events(worker, EVENTS_WHILE_LATE) : take_all_events(worker);

	timers_run(&worker->timers, worker->now_ms);
	if (!was_late)
		worker->n_owed = worker->agenda.n[TURN_FLUSH];

	int64_t now_ns = clock_monotonic_ns();

	end_turn(worker, now_ns + (now_ns - worker->now_ns));
	return has_more || worker->agenda.n[TURN_FLUSH] > 0;
}

static gboolean
on_prepare(GSource *source, gint *timeout)
{
	Worker *worker = ((WorkerSource *) source)->worker;
	int64_t next = timers_next_ms(&worker->timers);

	*timeout = -1;
	if (worker->agenda.n[TURN_FLUSH] > 0)
		*timeout = 0;
	else if (next != INT64_MAX)
		*timeout = (gint) CLAMP(next - clock_monotonic_ms(), 0, G_MAXINT);
	return *timeout == 0;
}

static gboolean
on_check(GSource *source)
{
	WorkerSource *self = (WorkerSource *) source;

	return g_source_query_unix_fd(source, self->tag) != 0 ||
	       timers_next_ms(&self->worker->timers) <= clock_monotonic_ms();
}

static gboolean
on_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
	Worker *worker = ((WorkerSource *) source)->worker;

	(void) callback;
	(void) data;
	if (worker->in_turn)
		return G_SOURCE_CONTINUE;
	worker->in_turn = true;
	if (crew_enter(worker->index) && !is_late(worker)) {
		read_ahead(worker);
		crew_let_others(worker->index);
	}
	for (unsigned i = 0; i < TURNS_PER_DISPATCH && turn(worker); i++)
		;
	crew_leave(worker->index, worker->now_ns);
	worker->in_turn = false;
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {on_prepare, on_check, on_dispatch, NULL, NULL, NULL};

/* ---- life ---- */

static Worker *
worker_new(unsigned i)
{
	Worker *worker = g_new0(Worker, 1);

	worker->index = i;
	worker->now_ms = clock_monotonic_ms();
	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	g_assert(worker->epoll_fd >= 0);
	worker->mailbox = mailbox_new();
	worker->scratch = g_malloc(WORKER_SCRATCH_BYTES);
	slots_init(&worker->slots, i);
	worker->mailbox_watch = (Watch){.fd = mailbox_get_fd(worker->mailbox), .on_ready = on_mail};
	worker_watch(worker, &worker->mailbox_watch, EPOLLIN);

	worker->context = i == 0 ? g_main_context_ref(g_main_context_default()) : g_main_context_new();
	worker->loop = g_main_loop_new(worker->context, FALSE);
	worker->source = g_source_new(&source_funcs, sizeof(WorkerSource));

	WorkerSource *source = (WorkerSource *) worker->source;

	source->worker = worker;
	source->tag = g_source_add_unix_fd(worker->source, worker->epoll_fd, G_IO_IN);
	/*
	 * Else GLib takes it off and puts it back at each dispatch, and wakes itself up for that.
	 * A loop inside a turn is kept from beginning another by in_turn.
	 */
	g_source_set_can_recurse(worker->source, TRUE);
	g_source_attach(worker->source, worker->context);
	return worker;
}

static void
worker_free(Worker *worker)
{
	spares_clear(&worker->spares);
	mailbox_free(worker->mailbox);
	g_source_destroy(worker->source);
	g_source_unref(worker->source);
	g_main_loop_unref(worker->loop);
	g_main_context_unref(worker->context);
	timers_clear(&worker->timers);
	slots_clear(&worker->slots);
	close(worker->epoll_fd);
	g_free(worker->scratch);
	g_free(worker);
}

static void
become(Worker *worker)
{
	worker_self = worker;
	metrics_use_row(worker->index);
}

static void *
run_thread(void *data)
{
	Worker *worker = data;

	become(worker);
	g_main_context_push_thread_default(worker->context);
	g_main_loop_run(worker->loop);
	end_last_turn(worker);
	g_main_context_pop_thread_default(worker->context);
	return NULL;
}

void
workers_start(unsigned n)
{
	g_assert(n >= 1 && n <= WORKER_MAX && n_workers == 0);
	n_workers = n;
	crew_start(n);
	for (unsigned i = 0; i < n; i++)
		workers[i] = worker_new(i);
	become(workers[0]);
	for (unsigned i = 1; i < n; i++)
		if (pthread_create(&workers[i]->thread, NULL, run_thread, workers[i]) != 0)
			g_error("pthread_create failed");
}

static void
quit_here(void *unused)
{
	(void) unused;
	g_main_loop_quit(worker_here()->loop);
}

void
workers_stop(void)
{
	for (unsigned i = 1; i < n_workers; i++)
		vmq_invoke(i, quit_here, NULL, NULL);
	for (unsigned i = 1; i < n_workers; i++)
		pthread_join(workers[i]->thread, NULL);
	for (unsigned i = 0; i < n_workers; i++)
		mailbox_close(workers[i]->mailbox);
	end_last_turn(workers[0]);
	for (unsigned i = 0; i < n_workers; i++)
		worker_free(workers[i]);
	crew_stop();
	worker_self = NULL;
	n_workers = 0;
}

void
workers_run(void)
{
	g_main_loop_run(worker_here()->loop);
}

void
workers_quit(void)
{
	quit_here(NULL);
}

/* ---- what a worker has ---- */

unsigned
worker_index(const Worker *worker)
{
	return worker->index;
}

Slots *
worker_slots(Worker *worker)
{
	return &worker->slots;
}

int64_t
worker_now_ms(const Worker *worker)
{
	return worker->now_ms;
}

uint8_t *
worker_scratch(Worker *worker)
{
	return worker->scratch;
}

Buf
worker_take_buf(Worker *worker)
{
	return spares_take(&worker->spares);
}

void
worker_give_buf(Worker *worker, Buf *buf)
{
	spares_give(&worker->spares, buf);
}

void
worker_set_timer(Worker *worker, Timer *timer, int64_t at_ms)
{
	timer_set(&worker->timers, timer, at_ms);
}

void
worker_stop_timer(Worker *worker, Timer *timer)
{
	timer_stop(&worker->timers, timer);
}

void
worker_post(unsigned to, Mail *mail)
{
	g_assert(to < n_workers);
	mailbox_post(workers[to]->mailbox, mail);
}

unsigned
vmq_workers(void)
{
	return n_workers;
}

unsigned
vmq_worker_here(void)
{
	return worker_here()->index;
}

int64_t
vmq_now_ms(void)
{
	return worker_here()->now_ms;
}
