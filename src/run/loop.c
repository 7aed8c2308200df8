/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - the public face of a worker: watches, timers, calls, retirement */
#include <vibemq/loop.h>

#include "run/worker.h"

#include <sys/epoll.h>

/* ---- watches ---- */

struct VmqWatch {
	Watch        watch;
	VmqWatchFunc func;
	void        *data;
};

static uint32_t
to_epoll(VmqIo wanted)
{
	return (wanted & VMQ_IO_READ ? EPOLLIN : 0u) | (wanted & VMQ_IO_WRITE ? EPOLLOUT : 0u);
}

static void
on_ready(Watch *base, uint32_t events)
{
	VmqWatch *watch = (VmqWatch *) base;
	unsigned  ready = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		ready |= VMQ_IO_READ;
	if (events & EPOLLOUT)
		ready |= VMQ_IO_WRITE;
	if (events & EPOLLERR)
		ready |= VMQ_IO_ERROR;
	watch->func(base->fd, (VmqIo) ready, watch->data);
}

VmqWatch *
vmq_watch_new(int fd, VmqIo wanted, VmqWatchFunc func, void *data)
{
	VmqWatch *watch = g_new0(VmqWatch, 1);

	watch->watch = (Watch){.fd = fd, .on_ready = on_ready};
	watch->func = func;
	watch->data = data;
	worker_watch(worker_here(), &watch->watch, to_epoll(wanted));
	return watch;
}

void
vmq_watch_set(VmqWatch *watch, VmqIo wanted)
{
	worker_rewatch(worker_here(), &watch->watch, to_epoll(wanted));
}

void
vmq_watch_free(VmqWatch *watch)
{
	if (watch == NULL)
		return;
	worker_unwatch(worker_here(), &watch->watch);
	g_free(watch);
}

/* ---- timers ---- */

struct VmqTimer {
	Timer        timer;
	VmqTimerFunc func;
	void        *data;
};

static void
on_due(Timer *base)
{
	VmqTimer *timer = (VmqTimer *) base;

	timer->func(timer->data);
}

VmqTimer *
vmq_timer_new(VmqTimerFunc func, void *data)
{
	VmqTimer *timer = g_new0(VmqTimer, 1);

	timer->timer.func = on_due;
	timer->func = func;
	timer->data = data;
	return timer;
}

void
vmq_timer_set(VmqTimer *timer, unsigned in_ms)
{
	worker_set_timer(worker_here(), &timer->timer, vmq_now_ms() + in_ms);
}

void
vmq_timer_stop(VmqTimer *timer)
{
	worker_stop_timer(worker_here(), &timer->timer);
}

void
vmq_timer_free(VmqTimer *timer)
{
	if (timer == NULL)
		return;
	vmq_timer_stop(timer);
	g_free(timer);
}

/* ---- calls ---- */

typedef struct {
	Mail          mail;
	VmqInvokeFunc func, drop;
	void         *data;
} Call;

static void
on_open(Mail *mail)
{
	Call *call = (Call *) mail;

	call->func(call->data);
	g_free(call);
}

static void
on_drop(Mail *mail)
{
	Call *call = (Call *) mail;

	if (call->drop != NULL)
		call->drop(call->data);
	g_free(call);
}

void
vmq_invoke(unsigned worker, VmqInvokeFunc func, void *data, VmqInvokeFunc drop)
{
	Call *call = g_new0(Call, 1);

	call->mail.open = on_open;
	call->mail.drop = on_drop;
	call->func = func;
	call->drop = drop;
	call->data = data;
	worker_post(worker, &call->mail);
}

/* ---- retirement: a letter goes round all workers; when it is back, nobody looks any more ---- */

typedef struct {
	void          *data;
	GDestroyNotify destroy;
	unsigned       next, home;
} Retired;

static void
bury(void *data)
{
	Retired *retired = data;

	retired->destroy(retired->data);
	g_free(retired);
}

static void
go_round(void *data)
{
	Retired *retired = data;

	if (retired->next == vmq_workers())
		vmq_invoke(retired->home, bury, retired, bury);
	else
		vmq_invoke(retired->next++, go_round, retired, bury);
}

void
vmq_retire(void *data, GDestroyNotify destroy)
{
	Retired *retired = g_new0(Retired, 1);

	retired->data = data;
	retired->destroy = destroy;
	retired->home = vmq_worker_here();
	go_round(retired);
}
