/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - a thread of the load: an epoll set, and all the clients in it */
#include "bench/loop.h"

#include "base/clock.h"
#include "bench/run.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define EVENTS 1024
#define TICK_NS (20 * INT64_C(1000000))
#define TOPIC_ROOM (64u << 10) /* and other heads of a packet */

void
loop_init(Loop *loop, Run *run, unsigned index)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	loop->run = run;
	loop->index = index;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) < 0)
		run_fail(run, "epoll: %s", g_strerror(errno));
	loop->headroom = run->plan->payload_size + TOPIC_ROOM;
	loop->read_room = MAX(LOOP_READ_ROOM, run->plan->payload_size);
	loop->scratch = g_malloc(loop->headroom + loop->read_room);
	loop->to_dial = g_ptr_array_new();
	loop->to_wake = g_new0(bool, run->plan->n_threads);
	loop->publishers = g_new0(Publisher *, run->plan->n_publishers);
}

void
loop_clear(Loop *loop)
{
	close(loop->epoll_fd);
	close(loop->wake_fd);
	buf_free(&loop->out);
	g_free(loop->scratch);
	g_free(loop->to_wake);
	g_free(loop->publishers);
	g_ptr_array_unref(loop->to_dial);
}

void
loop_dial(Loop *loop, Client *client)
{
	client->loop = loop;
	g_ptr_array_add(loop->to_dial, client);
	loop->run->n_awaited++;
}

void
loop_add_publisher(Loop *loop, Publisher *publisher)
{
	publisher->rank = loop->n_publishers;
	loop->publishers[loop->n_publishers++] = publisher;
	loop_dial(loop, &publisher->client);
}

void
loop_wake(Loop *loop)
{
	const uint64_t one = 1;

	(void) !write(loop->wake_fd, &one, sizeof one);
}

void
loop_set_ready(Loop *loop, Publisher *publisher)
{
	if (publisher->is_ready)
		return;
	publisher->is_ready = true;
	publisher->next_ready = NULL;
	if (loop->ready_last != NULL)
		loop->ready_last->next_ready = publisher;
	else
		loop->ready_first = publisher;
	loop->ready_last = publisher;
}

void
loop_tell(Loop *loop, Publisher *publisher)
{
	Loop      *other = publisher->client.loop;
	Publisher *first = __atomic_load_n(&other->inbox, __ATOMIC_RELAXED);

	loop->to_wake[other->index] = true;
	if (__atomic_exchange_n(&publisher->is_in_inbox, true, __ATOMIC_ACQ_REL))
		return;
	do
		publisher->next_inbox = first;
	while (!__atomic_compare_exchange_n(&other->inbox, &first, publisher, true,
	                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static void
take_inbox(Loop *loop)
{
	Publisher *publisher = NULL;

	if (__atomic_load_n(&loop->inbox, __ATOMIC_RELAXED) != NULL)
		publisher = __atomic_exchange_n(&loop->inbox, NULL, __ATOMIC_ACQUIRE);
	while (publisher != NULL) {
		Publisher *next = publisher->next_inbox;

		__atomic_store_n(&publisher->is_in_inbox, false, __ATOMIC_SEQ_CST);
		publisher_on_news(publisher);
		publisher = next;
	}
}

static void
wake_others(Loop *loop)
{
	for (unsigned i = 0; i < loop->run->n_loops; i++) {
		if (loop->to_wake[i])
			loop_wake(&loop->run->loops[i]);
		loop->to_wake[i] = false;
	}
}

int64_t
loop_due_after_ns(const Loop *loop, uint64_t n)
{
	return (int64_t) ((double) n * 1e9 / (loop->run->plan->rate * loop->n_publishers));
}

/* Calls each publisher whose time has come. */
static void
call_due(Loop *loop, int64_t now_ns)
{
	const Run *run = loop->run;

	if (run->plan->rate == 0 || !run->is_publishing || loop->n_publishers == 0)
		return;
	while (run->started_ns + loop_due_after_ns(loop, loop->n_due) <= now_ns) {
		loop_set_ready(loop, loop->publishers[loop->n_due % loop->n_publishers]);
		loop->n_due++;
	}
}

/* Those that are ready now; who gets ready meanwhile has his turn in the next one. */
static void
publish(Loop *loop)
{
	Publisher *publisher = loop->ready_first;

	loop->ready_first = loop->ready_last = NULL;
	while (publisher != NULL) {
		Publisher *next = publisher->next_ready;

		publisher->is_ready = false;
		publisher_go(publisher);
		publisher = next;
	}
}

static void
dial(Loop *loop)
{
	unsigned most = MAX(loop->run->plan->n_dialing / loop->run->n_loops, 1);

	while (loop->n_dialed < loop->to_dial->len && loop->n_dialing < most) {
		loop->n_dialing++;
		client_dial(g_ptr_array_index(loop->to_dial, loop->n_dialed++));
	}
}

static int64_t
find_wait_ns(const Loop *loop, int64_t now_ns)
{
	const Run *run = loop->run;
	int64_t    until_ns = loop->tick_ns;

	if (loop->ready_first != NULL)
		return 0;
	if (run->plan->rate > 0 && run->is_publishing && loop->n_publishers > 0)
		until_ns = MIN(until_ns, run->started_ns + loop_due_after_ns(loop, loop->n_due));
	return MAX(until_ns - now_ns, 0);
}

static void
take_events(Loop *loop, int64_t wait_ns)
{
	const struct timespec wait = {.tv_nsec = wait_ns}; /* never as long as a second */
	struct epoll_event    events[EVENTS];
	int                   n = epoll_pwait2(loop->epoll_fd, events, EVENTS, &wait, NULL);

	if (n < 0 && errno != EINTR)
		run_fail(loop->run, "epoll_pwait2: %s", g_strerror(errno));
	for (int i = 0; i < n; i++) {
		uint64_t news;

		if (events[i].data.ptr != NULL)
			client_on_event(events[i].data.ptr, events[i].events);
		else
			(void) !read(loop->wake_fd, &news, sizeof news);
	}
}

void
loop_turn_until_over(Loop *loop, const Phase *phase)
{
	Run    *run = loop->run;
	int64_t now_ns = clock_monotonic_ns();

	prctl(PR_SET_TIMERSLACK, 1UL);
	loop->tick_ns = now_ns;
	while (!__atomic_load_n(&run->is_over, __ATOMIC_ACQUIRE)) {
		take_events(loop, find_wait_ns(loop, now_ns));
		now_ns = clock_monotonic_ns();
		take_inbox(loop);
		call_due(loop, now_ns);
		dial(loop);
		publish(loop);
		wake_others(loop);
		tally_show(&loop->shown, &loop->tally);
		if (now_ns >= loop->tick_ns) {
			loop->tick_ns = now_ns + TICK_NS;
			if (phase->on_tick != NULL)
				phase->on_tick(loop);
		}
		if (loop->index == 0)
			run_look(run, phase, now_ns);
	}
	tally_show(&loop->shown, &loop->tally);
}
