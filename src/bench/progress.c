/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - a line on the terminal of who watches, renewed as long as a run goes on */
#include "bench/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define EVERY_NS (250 * INT64_C(1000000))

void
progress_show(Run *run, const Phase *phase, int64_t now_ns)
{
	Progress *last = &run->progress;
	Tally     now = run_tally(run);
	double    seconds = (double) (now_ns - last->at_ns) / 1e9;

	if (now_ns - last->at_ns < EVERY_NS || !isatty(STDERR_FILENO))
		return;
	if (last->at_ns > 0)
		fprintf(stderr,
		        "\r%-12s %" PRIu64 " clients, %.0f published/s, %.0f delivered/s, %" PRIu64
		        " under way\033[K",
		        phase->name, now.ready,
		        (double) (now.published - last->published) / seconds,
		        (double) (now.received - last->received) / seconds,
		        now.expected - MIN(now.received, now.expected));
	*last = (Progress){now_ns, now.published, now.received};
}

void
progress_end(Run *run)
{
	if (run->progress.at_ns > 0)
		fprintf(stderr, "\r\033[K");
}
