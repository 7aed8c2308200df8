/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/plan.h"
#include "mqtt/packet.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static Plan plan;

/* NULL: it is right; else the message. */
static char *
parse(const char *line)
{
	static char *message;
	GError      *error = NULL;
	int          argc;
	char       **argv;

	g_clear_pointer(&message, g_free);
	plan_clear(&plan);
	ck_assert(g_shell_parse_argv(line, &argc, &argv, NULL));

	char **kept =
		g_memdup2(argv, sizeof *argv * ((size_t) argc + 1)); /* GOption takes some out */

	if (!plan_parse(&plan, &argc, &argv, &error)) {
		message = g_strdup(error->message);
		g_error_free(error);
	}
	for (char **one = kept; *one != NULL; one++)
		g_free(*one);
	g_free(kept);
	g_free(argv);
	return message;
}

static void
approve(const char *line)
{
	char *message = parse(line);

	ck_assert_msg(message == NULL, "%s: %s", line, message);
}

static void
refuse(const char *line, const char *because)
{
	char *message = parse(line);

	ck_assert_msg(message != NULL, "%s: was taken", line);
	ck_assert_msg(strstr(message, because) != NULL, "%s: %s", line, message);
}

START_TEST(a_scenario_alone_is_enough)
{
	approve("vibemq-bench fan-in");
	ck_assert_int_eq(plan.scenario, SCENARIO_FAN_IN);
	ck_assert_uint_eq(plan.n_publishers, 500);
	ck_assert_uint_eq(plan.n_subscribers, 10);
	ck_assert_uint_eq(plan.window, 4);
	ck_assert_uint_eq(plan.payload_size, 64);
	ck_assert_uint_eq(plan.protocol, MQTT_V3_1_1);
	ck_assert_uint_eq(plan.publish_to.n, 1);
	ck_assert_int_eq(plan.pace, PACE_DELIVERED);
}
END_TEST

START_TEST(every_scenario_is_known_by_its_name)
{
	for (unsigned i = 0; i < N_SCENARIOS; i++) {
		g_autofree char *line = g_strdup_printf("vibemq-bench %s", plan_scenario_name(i));

		approve(line);
		ck_assert_uint_eq(plan.scenario, i);
		ck_assert_uint_gt(plan.n_topics, 0);
	}
	refuse("vibemq-bench", "name a scenario");
	refuse("vibemq-bench pairs fan-in", "one scenario only");
	refuse("vibemq-bench fan", "\"fan\" is no scenario");
}
END_TEST

START_TEST(options_are_taken)
{
	approve("vibemq-bench fan-out -P 3 -S 30 -T 3 -q 2 -s 100 -w 9 -t 2 --mqtt 5 -d 0.5 "
	       "--warmup 0 --patience 2 -i 7 -j -u me --password it --pid 12,13 -n 5");
	ck_assert_uint_eq(plan.n_publishers, 3);
	ck_assert_uint_eq(plan.n_subscribers, 30);
	ck_assert_uint_eq(plan.n_topics, 3);
	ck_assert_uint_eq(plan.qos, 2);
	ck_assert_uint_eq(plan.payload_size, 100);
	ck_assert_uint_eq(plan.window, 9);
	ck_assert_uint_eq(plan.n_threads, 2);
	ck_assert_uint_eq(plan.protocol, MQTT_V5);
	ck_assert(plan.duration_s == 0.5);
	ck_assert(plan.warmup_s == 0);
	ck_assert(plan.patience_s == 2);
	ck_assert_uint_eq(plan.n_idle, 7);
	ck_assert(plan.as_json);
	ck_assert_str_eq(plan.username, "me");
	ck_assert_str_eq(plan.password, "it");
	ck_assert_uint_eq(plan.n_pids, 2);
	ck_assert_int_eq(plan.pids[1], 13);
	ck_assert_uint_eq(plan.n_messages, 5);
	ck_assert_int_eq(plan.pace, PACE_ACKNOWLEDGED);
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
	refuse("vibemq-bench pairs -q 3", "--qos: 3 is out of range: 0 to 2");
	refuse("vibemq-bench pairs -s 15", "--size: 15 is out of range: 16");
	refuse("vibemq-bench pairs -P 0", "--publishers: 0 is out of range");
	refuse("vibemq-bench pairs -w 99999", "--window");
	refuse("vibemq-bench pairs -q 1 -w 0", "--window: 0 is out of range: 1");
	refuse("vibemq-bench pairs -P -5", "--publishers: -5 is out of range");
	refuse("vibemq-bench fan-in -T 11", "--topics: 11 is out of range: 1 to 10");
	refuse("vibemq-bench topics -S 50 -T 49", "--topics: 49 is out of range: 50");
	refuse("vibemq-bench backlog -q 0", "--qos: 0 is out of range: 1 to 2");
	refuse("vibemq-bench retained -T 100 -P 3", "cannot be shared");
	refuse("vibemq-bench subscriptions -S 100 -F 99", "--filters: 99 is out of range");
	refuse("vibemq-bench pairs -r nan", "--rate");
	refuse("vibemq-bench pairs -d -1", "--duration");
	refuse("vibemq-bench pairs -n -1", "--messages");
}
END_TEST

START_TEST(words_that_mean_nothing_are_refused)
{
	refuse("vibemq-bench pairs --mqtt 4", "neither 3.1.1 nor 5");
	refuse("vibemq-bench pairs --pace soon", "--pace");
	refuse("vibemq-bench pairs --pace acknowledged", "--pace");
	refuse("vibemq-bench backlog --pace delivered", "has its own");
	refuse("vibemq-bench pairs --pid 1,x", "\"x\" is no process");
	refuse("vibemq-bench pairs -S 4", "--publishers alone");
	refuse("vibemq-bench pairs --nonsense", "nonsense");
}
END_TEST

START_TEST(a_window_may_wait_for_both)
{
	approve("vibemq-bench pairs -q 1 --pace delivered");
	ck_assert_int_eq(plan.pace, PACE_BOTH);
	approve("vibemq-bench pairs -q 1 --pace acknowledged");
	ck_assert_int_eq(plan.pace, PACE_ACKNOWLEDGED);
}
END_TEST

START_TEST(a_rate_needs_no_window)
{
	approve("vibemq-bench pairs -r 0.5");
	ck_assert(plan.rate == 0.5);
	ck_assert_uint_eq(plan.window, 0);
	approve("vibemq-bench pairs -r 10 -q 1");
	ck_assert_uint_gt(plan.window, 0);
}
END_TEST

START_TEST(addresses_are_lists)
{
	approve("vibemq-bench pairs -a 127.0.0.1,127.0.0.2:1884,[::1]:1885");
	ck_assert_uint_eq(plan.publish_to.n, 3);
	ck_assert_uint_eq(plan.subscribe_at.n, 3);

	const struct sockaddr_in  *first = (const void *) &plan.publish_to.list[0].address;
	const struct sockaddr_in  *second = (const void *) &plan.publish_to.list[1].address;
	const struct sockaddr_in6 *third = (const void *) &plan.publish_to.list[2].address;

	ck_assert_uint_eq(ntohs(first->sin_port), 1883);
	ck_assert_uint_eq(ntohs(second->sin_port), 1884);
	ck_assert_uint_eq(ntohs(third->sin6_port), 1885);
	ck_assert_uint_eq(third->sin6_family, AF_INET6);

	approve("vibemq-bench pairs -a 127.0.0.1 --sub-address 127.0.0.3,127.0.0.4");
	ck_assert_uint_eq(plan.publish_to.n, 1);
	ck_assert_uint_eq(plan.subscribe_at.n, 2);
	refuse("vibemq-bench pairs -a 127.0.0.1:", "is not an address");
	refuse("vibemq-bench pairs -a [::1", "is not an address");
	refuse("vibemq-bench pairs -a 127.0.0.1,,127.0.0.2", "is not an address");
	refuse("vibemq-bench pairs -a 127.0.0.1:port", "127.0.0.1:port");
}
END_TEST

START_TEST(the_version_needs_no_scenario)
{
	approve("vibemq-bench --version");
	ck_assert(plan.show_version);
	parse("vibemq-bench");
	plan_clear(&plan);
}
END_TEST

UNIT_MAIN("plan", a_scenario_alone_is_enough, every_scenario_is_known_by_its_name,
          options_are_taken, numbers_out_of_range_are_refused, words_that_mean_nothing_are_refused,
          a_window_may_wait_for_both, a_rate_needs_no_window, addresses_are_lists,
          the_version_needs_no_scenario)
