/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - a result, for people and for scripts */
#include "bench/report.h"

#include "mqtt/packet.h"

#include <inttypes.h>
#include <stdio.h>

static double
per(double amount, double of)
{
	return of > 0 ? amount / of : 0;
}

static double
us(uint64_t ns)
{
	return (double) ns / 1e3;
}

static void
print_latency(const Histogram *latency)
{
	if (latency->count == 0)
		return;
	printf("latency       mean %.1f us, p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f\n",
	       histogram_mean(latency) / 1e3, us(histogram_quantile(latency, 0.5)),
	       us(histogram_quantile(latency, 0.99)), us(histogram_quantile(latency, 0.999)),
	       us(latency->max));
}

static void
print_costs(const Plan *plan, const Span *span)
{
	double delivered = (double) span->tally.received;

	if (plan->n_pids > 0) {
		printf("broker        %.3f us of CPU per delivered message, %.2f cores, peak %.1f "
		       "MiB\n",
		       per(span->broker.cpu_s * 1e6, delivered),
		       per(span->broker.cpu_s, span->seconds),
		       (double) span->broker.peak_kib / 1024);
		printf("switches      %" PRIu64 " voluntary, %" PRIu64 " involuntary\n",
		       span->broker.voluntary_switches, span->broker.involuntary_switches);
	}
	printf("generator     %.3f us of CPU per delivered message, %.2f cores\n",
	       per(span->generator_s * 1e6, delivered), per(span->generator_s, span->seconds));
}

/* Resident bytes of the broker for each of what was done. */
static double
bytes_each(const ResultStage *stage)
{
	return per(MAX(stage->span.grown_kib, 0) * 1024, (double) stage->count);
}

static void
print_stage(const Plan *plan, const ResultStage *stage)
{
	double count = (double) stage->count;

	printf("%-13s %" PRIu64 " in %.3f s: %.0f/s", stage->name, stage->count,
	       stage->span.seconds, per(count, stage->span.seconds));
	if (plan->n_pids > 0)
		printf(", %.3f us of the broker's CPU each",
		       per(stage->span.broker.cpu_s * 1e6, count));
	if (plan->n_pids > 0 && stage->is_kept)
		printf(", %.0f bytes each", bytes_each(stage));
	printf("\n");
}

static void
print_plan(const Plan *plan)
{
	printf("%s: ", plan_scenario_name(plan->scenario));
	if (plan->scenario == SCENARIO_CONNECT) {
		printf("%u connections\n", plan->n_connections);
		return;
	}
	printf("%u publishers, %u subscribers, %u topics, QoS %u, %zu bytes, window %u\n",
	       plan->n_publishers, plan->n_subscribers, plan->n_topics, plan->qos,
	       plan->payload_size, plan->window);
}

static void
print_verified(const Result *result)
{
	const Tally *total = &result->total;

	printf("verified      %" PRIu64 " of %" PRIu64 " expected: %" PRIu64 " lost, %" PRIu64
	       " duplicates, %" PRIu64 " late, %" PRIu64 " damaged, %" PRIu64 " refused\n",
	       total->received, total->expected, result->lost, total->duplicates, total->late,
	       total->damaged, total->refused);
}

void
report_text(const Plan *plan, const Result *result)
{
	const Span *span = &result->measured;

	print_plan(plan);
	for (unsigned i = 0; i < result->n_stages; i++)
		print_stage(plan, &result->stages[i]);
	if (result->is_measured) {
		printf("published     %.0f messages/s\n",
		       per((double) span->tally.published, span->seconds));
		printf("delivered     %.0f messages/s in %.2f s\n",
		       per((double) span->tally.received, span->seconds), span->seconds);
	}
	print_latency(&result->latency);
	if (result->is_measured)
		print_costs(plan, span);
	if (plan->scenario != SCENARIO_CONNECT)
		print_verified(result);
}

/* ---- JSON: flat enough to be written as it is ---- */

static void
json_text(const char *key, const char *text)
{
	printf("\"%s\": \"", key);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char) *text >= ' ')
			putchar(*text);
	}
	printf("\", ");
}

static void
json_count(const char *key, uint64_t value)
{
	printf("\"%s\": %" PRIu64 ", ", key, value);
}

static void
json_real(const char *key, double value)
{
	printf("\"%s\": %.6g, ", key, value);
}

static void
json_latency(const char *key, const Histogram *latency)
{
	printf("\"%s\": {", key);
	json_real("mean", histogram_mean(latency) / 1e3);
	json_real("p50", us(histogram_quantile(latency, 0.5)));
	json_real("p99", us(histogram_quantile(latency, 0.99)));
	json_real("p99_9", us(histogram_quantile(latency, 0.999)));
	printf("\"max\": %.6g}, ", us(latency->max));
}

static void
json_plan(const Plan *plan)
{
	json_text("scenario", plan_scenario_name(plan->scenario));
	json_text("mqtt", plan->protocol == MQTT_V5 ? "5" : "3.1.1");
	json_count("qos", plan->qos);
	json_count("size", plan->payload_size);
	json_count("publishers", plan->n_publishers);
	json_count("subscribers", plan->n_subscribers);
	json_count("topics", plan->n_topics);
	json_count("filters", plan->n_filters);
	json_count("idle_connections", plan->n_idle);
	json_count("window", plan->window);
	json_real("rate", plan->rate);
	json_count("threads", plan->n_threads);
}

static void
json_costs(const Plan *plan, const Span *span)
{
	double delivered = (double) span->tally.received;

	json_real("generator_us_per_delivery", per(span->generator_s * 1e6, delivered));
	json_real("generator_cores", per(span->generator_s, span->seconds));
	if (plan->n_pids == 0)
		return;
	printf("\"broker\": {");
	json_real("us_per_delivery", per(span->broker.cpu_s * 1e6, delivered));
	json_real("cpu_s", span->broker.cpu_s);
	json_count("peak_kib", span->broker.peak_kib);
	json_count("resident_kib", span->broker.resident_kib);
	json_count("voluntary_switches", span->broker.voluntary_switches);
	printf("\"involuntary_switches\": %" PRIu64 "}, ", span->broker.involuntary_switches);
}

static void
json_measured(const Span *span)
{
	json_real("seconds", span->seconds);
	json_real("published_per_s", per((double) span->tally.published, span->seconds));
	json_real("delivered_per_s", per((double) span->tally.received, span->seconds));
	json_real("bytes_in_per_s", per((double) span->tally.bytes_in, span->seconds));
	json_real("bytes_out_per_s", per((double) span->tally.bytes_out, span->seconds));
}

static void
json_stages(const Plan *plan, const Result *result)
{
	for (unsigned i = 0; i < result->n_stages; i++) {
		const ResultStage *stage = &result->stages[i];
		double             count = (double) stage->count;

		printf("\"%s\": {", stage->name);
		json_real("seconds", stage->span.seconds);
		json_real("per_s", per(count, stage->span.seconds));
		if (plan->n_pids > 0)
			json_real("broker_us_each", per(stage->span.broker.cpu_s * 1e6, count));
		if (plan->n_pids > 0 && stage->is_kept)
			json_real("bytes_each", bytes_each(stage));
		printf("\"count\": %" PRIu64 "}, ", stage->count);
	}
}

void
report_json(const Plan *plan, const Result *result, const char *failure)
{
	printf("{");
	json_plan(plan);
	if (result->is_measured) {
		json_measured(&result->measured);
		json_costs(plan, &result->measured);
	}
	if (result->latency.count > 0)
		json_latency("latency_us", &result->latency);
	json_stages(plan, result);
	if (failure != NULL)
		json_text("failure", failure);
	json_count("published", result->total.published);
	json_count("expected", result->total.expected);
	json_count("received", result->total.received);
	json_count("duplicates", result->total.duplicates);
	json_count("late", result->total.late);
	json_count("damaged", result->total.damaged);
	json_count("refused", result->total.refused);
	json_count("given_up", result->total.given_up);
	printf("\"lost\": %" PRIu64 "}\n", result->lost);
}
