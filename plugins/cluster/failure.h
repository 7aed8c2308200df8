/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failure.h - is a node alive? phi, as chitchat computes it
 *
 * phi is the time since the last heartbeat in units of the mean interval, smoothed
 * towards a prior (wire protocol 4.1; after Hayashibara et al., "The phi accrual
 * failure detector", 2004, without its logarithm).
 *
 * Pure: the time comes with each call, in milliseconds of any clock that only grows.
 * Memory: a ring that grows to `window` intervals.
 */
#pragma once

#include <vibemq/types.h>

typedef struct {
	double   threshold;       /* phi above it: dead */
	unsigned window;          /* intervals remembered */
	int64_t  max_interval_ms; /* longer ones are no heartbeat rhythm: not remembered */
	int64_t  prior_ms;        /* the interval assumed at first */
} FailureConfig;

/* What is known of one node's rhythm. Zero-initialised: nothing. */
typedef struct {
	double  *ring; /* seconds */
	unsigned n, next;
	double   sum;
	int64_t  last_ms; /* of the last heartbeat; 0: there was none */
} Rhythm;

void rhythm_clear(Rhythm *rhythm);

/* A heartbeat came. */
void rhythm_beat(Rhythm *rhythm, const FailureConfig *config, int64_t now_ms);

/* The node died: its intervals are forgotten, its last beat is not (4.2). */
void rhythm_forget(Rhythm *rhythm);

/* False while there is no interval yet: then the node is not alive. */
bool rhythm_phi(const Rhythm *rhythm, const FailureConfig *config, int64_t now_ms, double *phi);

bool rhythm_is_alive(const Rhythm *rhythm, const FailureConfig *config, int64_t now_ms);
