/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - file descriptors, timers and calls on a worker's loop
 *
 * Threads: every function but vmq_invoke() is called on the worker it concerns;
 *          a plugin's init(), exit() and notices run on control, worker 0.
 * Memory:  _new gives it to you, _free takes it, at any time, its own callback
 *          included.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqWatch VmqWatch;
typedef struct VmqTimer VmqTimer;

typedef enum { VMQ_IO_READ = 1, VMQ_IO_WRITE = 2, VMQ_IO_ERROR = 4 } VmqIo;

/* Level-triggered: called again in the next turn while the condition lasts. */
typedef void (*VmqWatchFunc)(int fd, VmqIo ready, void *data);

VMQ_EXPORT VmqWatch *vmq_watch_new(int fd, VmqIo wanted, VmqWatchFunc func, void *data);
VMQ_EXPORT void      vmq_watch_set(VmqWatch *watch, VmqIo wanted);
VMQ_EXPORT void      vmq_watch_free(VmqWatch *watch); /* does not close the fd; NULL is fine */

/* One shot. Set again to repeat; a timer that is set is moved. Milliseconds from now. */
typedef void (*VmqTimerFunc)(void *data);

VMQ_EXPORT VmqTimer *vmq_timer_new(VmqTimerFunc func, void *data);
VMQ_EXPORT void      vmq_timer_set(VmqTimer *timer, unsigned in_ms);
VMQ_EXPORT void      vmq_timer_stop(VmqTimer *timer);
VMQ_EXPORT void      vmq_timer_free(VmqTimer *timer); /* NULL is fine */

/* Monotonic milliseconds, as of the start of this worker's turn. */
VMQ_EXPORT int64_t vmq_now_ms(void);

/*
 * Runs func(data) on a worker, in a later turn, in order of the calls from one
 * thread. Any thread. Lost (and `data` with it, through `drop` if given) when
 * the broker is already gone.
 */
typedef void (*VmqInvokeFunc)(void *data);

VMQ_EXPORT void     vmq_invoke(unsigned worker, VmqInvokeFunc func, void *data, VmqInvokeFunc drop);
VMQ_EXPORT unsigned vmq_workers(void);       /* how many there are; 0 is control */
VMQ_EXPORT unsigned vmq_worker_here(void);   /* the one this thread is */

/*
 * Calls destroy(data), on the calling worker, once every worker has ended the turn
 * it is in: for what was swapped out under readers.
 */
VMQ_EXPORT void vmq_retire(void *data, GDestroyNotify destroy);

/*
 * Runs work(data) on a thread of a small pool and then done(data) on the worker
 * that asked: for what may block or is slow (a password hash, a file).
 */
VMQ_EXPORT void vmq_offload(VmqInvokeFunc work, VmqInvokeFunc done, void *data);

G_END_DECLS
