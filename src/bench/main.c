/* SPDX-License-Identifier: Apache-2.0 */
/* vibemq-bench - measures an MQTT broker, and verifies what it delivers */

#include "bench/backlog.h"
#include "bench/crowd.h"
#include "bench/plan.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/retained.h"
#include "bench/run.h"
#include "bench/storm.h"
#include "bench/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
	EXIT_LOST = 1,
	EXIT_USAGE = 2,
	EXIT_BROKEN = 3, /* there is no result, or only half of one */
	EXIT_WRONG = 4,  /* all came, but not as it should */
};

/* As many connections as the system lets us have. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

typedef void (*RunScenario)(Run *run, Result *result);

static const RunScenario scenarios[N_SCENARIOS] = {
	[SCENARIO_FAN_IN] = traffic_run,        [SCENARIO_FAN_OUT] = traffic_run,
	[SCENARIO_PAIRS] = traffic_run,         [SCENARIO_TOPICS] = traffic_run,
	[SCENARIO_SUBSCRIPTIONS] = traffic_run, [SCENARIO_RETAINED] = retained_run,
	[SCENARIO_BACKLOG] = backlog_run,       [SCENARIO_CONNECT] = storm_run,
};

static int
judge(const Run *run, const Result *result)
{
	const Tally *total = &result->total;

	if (run->failure != NULL)
		return EXIT_BROKEN;
	if (result->lost > 0 || total->refused > 0)
		return EXIT_LOST;
	/* Order is promised for a topic, not between topics [MQTT-4.6.0-5]. */
	if (total->duplicates + total->damaged + (run->is_sparse ? 0 : total->late) > 0)
		return EXIT_WRONG;
	return EXIT_SUCCESS;
}

static int
execute(const Plan *plan)
{
	Run     run;
	Result *result = g_new0(Result, 1);

	run_init(&run, plan);
	scenarios[plan->scenario](&run, result);
	result->total = run_tally(&run);
	crowd_leave(&run);
	progress_end(&run);
	if (run.failure != NULL)
		fprintf(stderr, "vibemq-bench: %s\n", run.failure);
	if (plan->as_json)
		report_json(plan, result, run.failure);
	else
		report_text(plan, result);

	int status = judge(&run, result);

	run_clear(&run);
	g_free(result);
	return status;
}

int
main(int argc, char **argv)
{
	Plan plan;
	g_autoptr(GError) error = NULL;

	if (!plan_parse(&plan, &argc, &argv, &error)) {
		fprintf(stderr, "vibemq-bench: %s; --help shows the usage\n", error->message);
		plan_clear(&plan);
		return EXIT_USAGE;
	}
	if (plan.show_version) {
		printf("vibemq-bench %s\n", PACKAGE_VERSION);
		plan_clear(&plan);
		return EXIT_SUCCESS;
	}
	raise_limit();

	int status = execute(&plan);

	plan_clear(&plan);
	return status;
}
