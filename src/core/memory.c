/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - is there still memory to take? */
#include "core/memory.h"

#include "core/core.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vibemq/log.h>
#include <vibemq/loop.h>

#define LOOK_MS 100

/* What was freed is given back to the kernel so often while memory is short: it takes a while. */
#define TRIM_MS 5000

static atomic_bool is_short;
static VmqTimer   *timer;
static int64_t     next_trim_ms;
static bool        is_trimming;
static uint64_t    most_seen;

bool
memory_is_short(void)
{
	return atomic_load_explicit(&is_short, memory_order_relaxed);
}

/* ---- measuring ---- */

/* The second number of /proc/self/statm: pages that are resident. */
uint64_t
memory_now(void)
{
	char    text[128];
	int     fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	char   *end;

	if (fd >= 0)
		close(fd);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	strtoull(text, &end, 10);

	uint64_t bytes = strtoull(end, NULL, 10) * (uint64_t) sysconf(_SC_PAGESIZE);

	most_seen = MAX(most_seen, bytes);
	return bytes;
}

/* The kernel's own maximum may lag behind what it said. */
uint64_t
memory_most(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return MAX(most_seen, (uint64_t) usage.ru_maxrss * 1024);
}

/* ---- giving back ---- */

static void
on_trim(void *unused)
{
	(void) unused;
	malloc_trim(0);
}

static void
on_trimmed(void *unused)
{
	(void) unused;
	is_trimming = false;
}

static void
trim(void)
{
	if (is_trimming || vmq_now_ms() < next_trim_ms)
		return;
	is_trimming = true;
	next_trim_ms = vmq_now_ms() + TRIM_MS;
	vmq_offload(on_trim, on_trimmed, NULL);
}

/* ---- looking ---- */

static void
set_short(bool now, uint64_t bytes, uint64_t limit)
{
	if (now == memory_is_short())
		return;
	atomic_store_explicit(&is_short, now, memory_order_relaxed);
	if (!now) {
		vmq_info("memory", "%" G_GUINT64_FORMAT " KiB: there is room again", bytes / 1024);
		return;
	}
	vmq_counter_add(core.counters.memory_reached, 1);
	vmq_warn("memory",
	         "%" G_GUINT64_FORMAT " KiB: limits.memory_limit of %" G_GUINT64_FORMAT
	         " KiB is reached: nothing new is let in, subscribed, retained or queued",
	         bytes / 1024, limit / 1024);
}

static void
on_look(void *unused)
{
	uint64_t limit = core_limits()->memory_limit;
	uint64_t bytes = memory_now();

	(void) unused;
	if (limit == 0) {
		set_short(false, bytes, limit);
		return;
	}
	set_short(bytes >= (memory_is_short() ? limit - limit / 20 : limit), bytes, limit);
	if (memory_is_short())
		trim();
	vmq_timer_set(timer, LOOK_MS);
}

void
memory_watch(void)
{
	if (timer == NULL)
		timer = vmq_timer_new(on_look, NULL);
	on_look(NULL);
}

void
memory_unwatch(void)
{
	g_clear_pointer(&timer, vmq_timer_free);
	atomic_store(&is_short, false);
}
