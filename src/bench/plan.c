/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - what is to be measured, as the command line has it */
#include "bench/plan.h"

#include "bench/catalogue.h"
#include "bench/payload.h"
#include "mqtt/packet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CLIENTS 1000000
#define MAX_WINDOW 16384
#define MAX_THREADS 64
#define MAX_MESSAGES (INT64_C(1) << 39)
#define RATED_WINDOW 100 /* with QoS 1 and 2 */

#define NOT_GIVEN G_MININT

/* As the options come, before they are judged. */
typedef struct {
	char *address, *pub_address, *sub_address, *mqtt, *pace, *pids;
	gint  publishers, subscribers, topics, filters, connections, threads, idle, dialing, window,
		qos, size;
	gint64 messages;
	double rate, duration, warmup, patience;
} Given;

static const char *const scenario_names[N_SCENARIOS] = {
	[SCENARIO_FAN_IN] = "fan-in",
	[SCENARIO_FAN_OUT] = "fan-out",
	[SCENARIO_PAIRS] = "pairs",
	[SCENARIO_TOPICS] = "topics",
	[SCENARIO_SUBSCRIPTIONS] = "subscriptions",
	[SCENARIO_RETAINED] = "retained",
	[SCENARIO_BACKLOG] = "backlog",
	[SCENARIO_CONNECT] = "connect",
};

/* How many there are if nobody says. */
static const struct {
	unsigned publishers, subscribers, topics, window, qos;
	uint64_t messages;
} usual[N_SCENARIOS] = {
	[SCENARIO_FAN_IN] = {500, 10, 1, 4, 0, 0},
	[SCENARIO_FAN_OUT] = {10, 1000, 1, 4, 0, 0},
	[SCENARIO_PAIRS] = {100, 100, 100, 16, 0, 0},
	[SCENARIO_TOPICS] = {100, 100, 100000, 16, 0, 0},
	[SCENARIO_SUBSCRIPTIONS] = {100, 1000, 100000, 16, 0, 0},
	[SCENARIO_RETAINED] = {10, 1, 100000, 100, 1, 0},
	[SCENARIO_BACKLOG] = {10, 10, 1, 100, 1, 1000},
	[SCENARIO_CONNECT] = {0, 0, 1, 0, 0, 0},
};

const char *
plan_scenario_name(Scenario scenario)
{
	return scenario_names[scenario];
}

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool
refuse(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
	return false;
}

/* An option's number, or what is usual if it was not given. */
static bool
take(unsigned *to, const char *option, gint given, unsigned otherwise, unsigned least,
     unsigned most, GError **error)
{
	*to = given == NOT_GIVEN ? otherwise : (unsigned) given;
	if (given == NOT_GIVEN || (given >= (gint) least && given <= (gint) most))
		return true;
	return refuse(error, "--%s: %d is out of range: %u to %u", option, given, least, most);
}

static bool
take_real(double *to, const char *option, double given, double otherwise, double least, double most,
          GError **error)
{
	*to = given == NOT_GIVEN ? otherwise : given;
	if (given == NOT_GIVEN || (given >= least && given <= most)) /* NaN is neither */
		return true;
	return refuse(error, "--%s: %g is out of range: %g to %g", option, given, least, most);
}

static bool
take_scenario(Plan *plan, int argc, char **argv, GError **error)
{
	if (argc != 2)
		return refuse(error, argc < 2 ? "name a scenario" : "name one scenario only");
	for (unsigned i = 0; i < N_SCENARIOS; i++) {
		if (strcmp(argv[1], scenario_names[i]) == 0) {
			plan->scenario = (Scenario) i;
			return true;
		}
	}
	return refuse(error, "\"%s\" is no scenario", argv[1]);
}

static bool
take_mqtt(Plan *plan, const char *text, GError **error)
{
	if (text == NULL || strcmp(text, "3.1.1") == 0)
		plan->protocol = MQTT_V3_1_1;
	else if (strcmp(text, "5") == 0 || strcmp(text, "5.0") == 0)
		plan->protocol = MQTT_V5;
	else
		return refuse(error, "--mqtt: \"%s\" is neither 3.1.1 nor 5", text);
	return true;
}

static bool
take_pace(Plan *plan, const char *text, GError **error)
{
	if (text != NULL &&
	    (plan->scenario == SCENARIO_BACKLOG || plan->scenario == SCENARIO_RETAINED))
		return refuse(error, "--pace: %s has its own", plan_scenario_name(plan->scenario));
	if (text == NULL)
		plan->pace = plan->qos == 0 ? PACE_DELIVERED : PACE_ACKNOWLEDGED;
	else if (strcmp(text, "delivered") == 0)
		plan->pace = plan->qos == 0 ? PACE_DELIVERED : PACE_BOTH;
	else if (strcmp(text, "acknowledged") == 0 && plan->qos > 0)
		plan->pace = PACE_ACKNOWLEDGED;
	else
		return refuse(error,
		              "--pace: \"%s\" is neither delivered nor, with QoS 1 and 2, "
		              "acknowledged",
		              text);
	return true;
}

static bool
take_pids(Plan *plan, const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text != NULL ? text : "", ",", -1);

	plan->pids = g_new0(int, g_strv_length(parts));
	for (char **part = parts; *part != NULL; part++) {
		guint64 pid;

		if (!g_ascii_string_to_unsigned(*part, 10, 1, G_MAXINT, &pid, NULL))
			return refuse(error, "--pid: \"%s\" is no process", *part);
		plan->pids[plan->n_pids++] = (int) pid;
	}
	return true;
}

static bool
take_addresses(Plan *plan, const Given *given, GError **error)
{
	const char *both = given->address != NULL ? given->address : "127.0.0.1:1883";
	const char *to = given->pub_address != NULL ? given->pub_address : both;
	const char *at = given->sub_address != NULL ? given->sub_address : both;

	return endpoints_parse(&plan->publish_to, to, error) &&
	       endpoints_parse(&plan->subscribe_at, at, error);
}

/* How many topics there may be, of the scenario's kind. */
static bool
take_topics(Plan *plan, const Given *given, GError **error)
{
	Scenario s = plan->scenario;
	unsigned least = 1, most = MIN(plan->n_publishers, plan->n_subscribers);

	if (s == SCENARIO_TOPICS || s == SCENARIO_SUBSCRIPTIONS || s == SCENARIO_RETAINED)
		most = CATALOGUE_MAX_TOPICS;
	if (s == SCENARIO_TOPICS)
		least = plan->n_subscribers;
	if (!take(&plan->n_topics, "topics", given->topics, MAX(usual[s].topics, least), least,
	          most, error))
		return false;
	if (s == SCENARIO_RETAINED && plan->n_topics % plan->n_publishers != 0)
		return refuse(error, "--topics: %u cannot be shared among %u publishers",
		              plan->n_topics, plan->n_publishers);
	return true;
}

static bool
take_crowd(Plan *plan, const Given *given, GError **error)
{
	Scenario s = plan->scenario;

	if (s == SCENARIO_CONNECT) {
		plan->n_topics = 1;
		return take(&plan->n_connections, "connections", given->connections, 10000, 1,
		            MAX_CLIENTS, error);
	}
	if (!take(&plan->n_publishers, "publishers", given->publishers, usual[s].publishers, 1,
	          MAX_CLIENTS, error) ||
	    !take(&plan->n_subscribers, "subscribers", given->subscribers, usual[s].subscribers, 1,
	          MAX_CLIENTS, error))
		return false;
	if (s == SCENARIO_PAIRS) {
		if (given->subscribers != NOT_GIVEN || given->topics != NOT_GIVEN)
			return refuse(error, "pairs are counted with --publishers alone");
		plan->n_subscribers = plan->n_topics = plan->n_publishers;
		return true;
	}
	if (s == SCENARIO_SUBSCRIPTIONS &&
	    !take(&plan->n_filters, "filters", given->filters, MAX(200000, plan->n_subscribers),
	          plan->n_subscribers, CATALOGUE_MAX_FILTERS, error))
		return false;
	return take_topics(plan, given, error);
}

/* What is usual with QoS 0 if a rate is the limit, and not the window, is none. */
static bool
take_window(Plan *plan, const Given *given, GError **error)
{
	unsigned usually = usual[plan->scenario].window;

	if (plan->rate > 0)
		usually = plan->qos > 0 ? RATED_WINDOW : 0;
	/* With QoS 1 and 2 there must be one: packet identifiers are not endless. */
	return take(&plan->window, "window", given->window, usually, plan->qos > 0 ? 1 : 0,
	            MAX_WINDOW, error);
}

static bool
take_load(Plan *plan, const Given *given, GError **error)
{
	Scenario s = plan->scenario;
	unsigned qos, size;

	if (!take(&qos, "qos", given->qos, usual[s].qos, s == SCENARIO_BACKLOG ? 1 : 0, 2, error) ||
	    !take(&size, "size", given->size, 64, PAYLOAD_MIN, PAYLOAD_MAX, error))
		return false;
	plan->qos = (uint8_t) qos;
	plan->payload_size = size;
	if (given->messages != NOT_GIVEN && (given->messages < 1 || given->messages > MAX_MESSAGES))
		return refuse(error, "--messages: %" PRId64 " is out of range: 1 to %" PRId64,
		              given->messages, MAX_MESSAGES);
	plan->n_messages =
		given->messages == NOT_GIVEN ? usual[s].messages : (uint64_t) given->messages;
	if (!take_real(&plan->rate, "rate", given->rate, 0, 1e-6, 1e9, error))
		return false;
	return take_window(plan, given, error) && take_pace(plan, given->pace, error);
}

static bool
take_rest(Plan *plan, const Given *given, GError **error)
{
	return take(&plan->n_threads, "threads", given->threads, 1, 1, MAX_THREADS, error) &&
	       take(&plan->n_idle, "idle", given->idle, 0, 0, MAX_CLIENTS, error) &&
	       take(&plan->n_dialing, "dialing", given->dialing, 100, 1, 10000, error) &&
	       take_real(&plan->duration_s, "duration", given->duration, 5, 0.001, 1e6, error) &&
	       take_real(&plan->warmup_s, "warmup", given->warmup, 1, 0, 1e6, error) &&
	       take_real(&plan->patience_s, "patience", given->patience, 10, 0.001, 1e6, error) &&
	       take_pids(plan, given->pids, error);
}

static bool
judge(Plan *plan, const Given *given, int argc, char **argv, GError **error)
{
	return take_scenario(plan, argc, argv, error) && take_mqtt(plan, given->mqtt, error) &&
	       take_crowd(plan, given, error) && take_load(plan, given, error) &&
	       take_rest(plan, given, error) && take_addresses(plan, given, error);
}

static void
clear_given(Given *given)
{
	g_free(given->address);
	g_free(given->pub_address);
	g_free(given->sub_address);
	g_free(given->mqtt);
	g_free(given->pace);
	g_free(given->pids);
}

static bool
read_options(Plan *plan, Given *given, int *argc, char ***argv, GError **error)
{
	gboolean           as_json = FALSE, version = FALSE;
	const GOptionEntry entries[] = {
		{"address", 'a', 0, G_OPTION_ARG_STRING, &given->address,
	         "Connect to these, in turn (127.0.0.1:1883)", "HOST:PORT,…"},
		{"pub-address", 0, 0, G_OPTION_ARG_STRING, &given->pub_address,
	         "Publishers connect to these", "HOST:PORT,…"},
		{"sub-address", 0, 0, G_OPTION_ARG_STRING, &given->sub_address,
	         "Subscribers connect to these", "HOST:PORT,…"},
		{"mqtt", 0, 0, G_OPTION_ARG_STRING, &given->mqtt, "MQTT 3.1.1 or 5 (3.1.1)",
	         "VERSION"},
		{"qos", 'q', 0, G_OPTION_ARG_INT, &given->qos, "0, 1 or 2 (0)", "QOS"},
		{"size", 's', 0, G_OPTION_ARG_INT, &given->size, "Bytes of a payload (64)",
	         "BYTES"},
		{"publishers", 'P', 0, G_OPTION_ARG_INT, &given->publishers, "How many publishers",
	         "N"},
		{"subscribers", 'S', 0, G_OPTION_ARG_INT, &given->subscribers,
	         "How many subscribers", "N"},
		{"topics", 'T', 0, G_OPTION_ARG_INT, &given->topics, "How many topics", "N"},
		{"filters", 'F', 0, G_OPTION_ARG_INT, &given->filters,
	         "How many filters of all subscribers of subscriptions", "N"},
		{"connections", 'C', 0, G_OPTION_ARG_INT, &given->connections,
	         "How many connections of connect", "N"},
		{"idle", 'i', 0, G_OPTION_ARG_INT, &given->idle,
	         "Connections more that do nothing (0)", "N"},
		{"window", 'w', 0, G_OPTION_ARG_INT, &given->window,
	         "Messages of a publisher that may be under way; 0: any number", "N"},
		{"pace", 0, 0, G_OPTION_ARG_STRING, &given->pace,
	         "A message leaves the window when delivered or acknowledged", "WHEN"},
		{"rate", 'r', 0, G_OPTION_ARG_DOUBLE, &given->rate,
	         "Messages of a publisher each second, instead of as many as the window lets", "N"},
		{"messages", 'n', 0, G_OPTION_ARG_INT64, &given->messages,
	         "Messages of a publisher, instead of a duration", "N"},
		{"duration", 'd', 0, G_OPTION_ARG_DOUBLE, &given->duration,
	         "How long to measure (5)", "SECONDS"},
		{"warmup", 0, 0, G_OPTION_ARG_DOUBLE, &given->warmup,
	         "How long to run before that (1)", "SECONDS"},
		{"patience", 0, 0, G_OPTION_ARG_DOUBLE, &given->patience,
	         "How long without progress until messages are lost (10)", "SECONDS"},
		{"threads", 't', 0, G_OPTION_ARG_INT, &given->threads, "Threads of the load (1)",
	         "N"},
		{"dialing", 0, 0, G_OPTION_ARG_INT, &given->dialing,
	         "Connections in the making at the same time (100)", "N"},
		{"username", 'u', 0, G_OPTION_ARG_STRING, &plan->username, "User name", "NAME"},
		{"password", 0, 0, G_OPTION_ARG_STRING, &plan->password, "Password", "PASSWORD"},
		{"pid", 'p', 0, G_OPTION_ARG_STRING, &given->pids,
	         "Processes of the broker, whose costs are reported", "PID,…"},
		{"json", 'j', 0, G_OPTION_ARG_NONE, &as_json, "Report in JSON", NULL},
		{"version", 'V', 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL},
		{NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("SCENARIO");

	g_option_context_set_summary(context, "Measures a broker, and verifies what it delivers.\n"
	                                      "Scenarios: fan-in, fan-out, pairs, topics, "
	                                      "subscriptions, retained, backlog, connect");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	plan->as_json = as_json;
	plan->show_version = version;
	return true;
}

bool
plan_parse(Plan *plan, int *argc, char ***argv, GError **error)
{
	Given given = {
		.filters = NOT_GIVEN,
		.connections = NOT_GIVEN,
		.publishers = NOT_GIVEN,
		.subscribers = NOT_GIVEN,
		.topics = NOT_GIVEN,
		.threads = NOT_GIVEN,
		.idle = NOT_GIVEN,
		.dialing = NOT_GIVEN,
		.window = NOT_GIVEN,
		.qos = NOT_GIVEN,
		.size = NOT_GIVEN,
		.messages = NOT_GIVEN,
		.rate = NOT_GIVEN,
		.duration = NOT_GIVEN,
		.warmup = NOT_GIVEN,
		.patience = NOT_GIVEN,
	};

	*plan = (Plan){0};

	bool right = read_options(plan, &given, argc, argv, error) &&
	             (plan->show_version || judge(plan, &given, *argc, *argv, error));

	clear_given(&given);
	return right;
}

void
plan_clear(Plan *plan)
{
	endpoints_clear(&plan->publish_to);
	endpoints_clear(&plan->subscribe_at);
	g_free(plan->username);
	g_free(plan->password);
	g_free(plan->pids);
	*plan = (Plan){0};
}
