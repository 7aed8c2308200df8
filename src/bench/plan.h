/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what is to be measured, as the command line has it
 *
 * Memory:  plan_clear() gives all back.
 * Fails:   plan_parse(), with a message for people.
 */
#pragma once

#include "bench/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum {
	SCENARIO_FAN_IN,
	SCENARIO_FAN_OUT,
	SCENARIO_PAIRS,
	SCENARIO_TOPICS,
	SCENARIO_SUBSCRIPTIONS,
	SCENARIO_RETAINED,
	SCENARIO_BACKLOG,
	SCENARIO_CONNECT,
	N_SCENARIOS,
} Scenario;

/* What must have happened to a message before it leaves its publisher's window. */
typedef enum { PACE_DELIVERED, PACE_ACKNOWLEDGED, PACE_BOTH } Pace;

typedef struct {
	Scenario  scenario;
	Endpoints publish_to, subscribe_at;
	uint8_t   protocol; /* MQTT_V3_1_1 or MQTT_V5 */
	uint8_t   qos;
	Pace      pace;
	unsigned  n_publishers, n_subscribers, n_topics;
	unsigned  n_filters;     /* SCENARIO_SUBSCRIPTIONS: of all subscribers */
	unsigned  n_connections; /* SCENARIO_CONNECT */
	unsigned  n_threads, n_idle, n_dialing;
	unsigned  window; /* messages; 0: none */
	size_t    payload_size;
	double    rate;       /* messages per publisher and second; 0: as many as the window lets */
	uint64_t  n_messages; /* of each publisher; 0: for `duration_s` */
	double    duration_s, warmup_s;
	double    patience_s; /* without any progress what is missing is given up */
	char     *username, *password;
	int      *pids; /* of the broker */
	unsigned  n_pids;
	bool      as_json, show_version;
} Plan;

bool plan_parse(Plan *plan, int *argc, char ***argv, GError **error);
void plan_clear(Plan *plan);

const char *plan_scenario_name(Scenario scenario);
