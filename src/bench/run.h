/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - one measurement: its threads, its clients, and the phases they go through
 *
 * A phase is what all threads do until it is over; between phases there is only
 * the main thread, which may look at and change everything.
 *
 * Threads: in a phase each loop, and what belongs to it, is its own thread's;
 *          the main thread is that of loop 0.
 * Fails:   the first failure ends the phase, and all that come; run->failure says why.
 */
#pragma once

#include "bench/catalogue.h"
#include "bench/loop.h"
#include "bench/payload.h"
#include "bench/plan.h"
#include "bench/publisher.h"
#include "bench/subscriber.h"

typedef struct Phase {
	const char *name;            /* for who watches */
	double      most_s;          /* it lasts; 0: until it is done, or nothing moves */
	bool (*is_done)(Run *run);   /* NULL: never */
	void (*on_tick)(Loop *loop); /* now and then, in each loop; NULL: nothing */
} Phase;

/* Stalled: nothing moved for as long as the plan is patient. */
typedef enum { PHASE_DONE, PHASE_TIME_UP, PHASE_STALLED, PHASE_FAILED } PhaseEnd;

/* What who watches was last told. */
typedef struct {
	int64_t  at_ns;
	uint64_t published, received;
} Progress;

struct Run {
	const Plan *plan;
	Pattern     pattern;
	Catalogue   catalogue;
	bool        is_sparse;   /* not all messages of a publisher have the same receivers */
	char       *probe_topic; /* if probes do not go where messages go */
	char        name[8];     /* of this run, in client identifiers and topics */
	Loop       *loops;
	unsigned    n_loops;
	Publisher  *publishers;
	Subscriber *subscribers;
	Client     *idle;
	unsigned    n_publishers, n_subscribers, n_idle;
	uint64_t    n_pongs_due;
	uint64_t    n_awaited; /* times that clients shall have got ready */
	bool        is_publishing;
	int64_t     started_ns; /* of the publishing */
	unsigned    n_proven;   /* publishers whose probe came to all its receivers; atomic */

	bool     is_over; /* atomic: the phase */
	PhaseEnd end;
	int64_t  phase_started_ns;
	uint64_t moved;    /* when last looked at, */
	int64_t  moved_ns; /* and when that changed */
	Progress progress;
	char    *failure; /* atomic; NULL: none */
};

void run_init(Run *run, const Plan *plan);
void run_clear(Run *run);

PhaseEnd run_phase(Run *run, const Phase *phase);

/* Loop 0 looks whether the phase is over. */
void run_look(Run *run, const Phase *phase, int64_t now_ns);

/* May be called in any thread. The first one counts. */
void run_fail(Run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What all threads have shown; between phases it is exact. */
Tally run_tally(Run *run);

/* All loops' latencies. */
void run_latency(Run *run, Histogram *latency);
