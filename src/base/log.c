/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - where log lines go */
#include "base/log.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static _Atomic int           threshold = VMQ_LOG_INFO;
static _Atomic(const char *) debug_globs;

static const char *const names[] = {"error", "warn", "info", "debug"};
static const int         priorities[] = {3, 4, 6, 7}; /* sd-daemon(3) */

void
log_set_level(VmqLogLevel level)
{
	atomic_store_explicit(&threshold, level, memory_order_relaxed);
}

void
log_set_debug(const char *globs)
{
	/* Kept for ever: another thread may be reading it. Set once or twice in a process's life. */
	atomic_store_explicit(&debug_globs, g_intern_string(globs), memory_order_release);
}

bool
vmq_log_wants_debug(const char *area)
{
	if (atomic_load_explicit(&threshold, memory_order_relaxed) >= VMQ_LOG_DEBUG)
		return true;

	const char *globs = atomic_load_explicit(&debug_globs, memory_order_acquire);

	if (G_LIKELY(globs == NULL))
		return false;

	g_auto(GStrv) list = g_strsplit(globs, ",", -1);

	for (char **glob = list; *glob != NULL; glob++)
		if (fnmatch(*glob, area, 0) == 0)
			return true;
	return false;
}

static int
write_head(char *line, size_t room, VmqLogLevel level, const char *area)
{
	if (g_getenv("JOURNAL_STREAM") != NULL)
		return snprintf(line, room, "<%d>%s: ", priorities[level], area);

	struct timespec now;
	struct tm       utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	return snprintf(line, room, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %-5s %s: ", utc.tm_year + 1900,
	                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	                (int) (now.tv_nsec / 1000000), names[level], area);
}

/* What clients name may hold control characters; a log line is one line. */
static void
blank_controls(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
}

void
vmq_log(VmqLogLevel level, const char *area, const char *format, ...)
{
	if (level != VMQ_LOG_DEBUG &&
	    (int) level > atomic_load_explicit(&threshold, memory_order_relaxed))
		return;

	char    line[LINE_MAX_BYTES];
	int     head = write_head(line, sizeof(line), level, area);
	va_list args;

	va_start(args, format);
	int body = vsnprintf(line + head, sizeof(line) - (size_t) head, format, args);
	va_end(args);

	size_t size = MIN((size_t) head + (size_t) MAX(body, 0), sizeof(line) - 1);

	blank_controls(line + head, size - (size_t) head);
	line[size] = '\n';
	if (write(STDERR_FILENO, line, size + 1) < 0)
		return; /* nobody listens; there is nowhere to say so */
}

bool
vmq_log_gate(VmqLogGate *gate, unsigned interval_ms, unsigned *held)
{
	int64_t now = g_get_monotonic_time();
	int64_t next = __atomic_load_n(&gate->next_us, __ATOMIC_RELAXED);

	if (now < next || !__atomic_compare_exchange_n(&gate->next_us, &next,
	                                               now + (int64_t) interval_ms * 1000, false,
	                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&gate->held, 1, __ATOMIC_RELAXED);
		return false;
	}
	*held = __atomic_exchange_n(&gate->held, 0, __ATOMIC_RELAXED);
	return true;
}
