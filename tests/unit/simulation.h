/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulation.h - a world of gossiping nodes in one thread, with a clock of its own
 *
 * Datagrams take a random time, get lost, and do not cross a cut. All chance comes
 * from the seed: the same world runs the same way again.
 */
#pragma once

#include "gossip.h"

#define SIM_INTERVAL_MS 1000

typedef struct World World;

/* n nodes that are not running; node 0 is everybody's seed. */
World *world_new(unsigned n, guint32 seed);
void   world_free(World *world);

/* Each start is a new generation that knows nothing. */
void world_start(World *world, unsigned i);
void world_start_all(World *world); /* in random order, spread over an interval */
void world_kill(World *world, unsigned i);

/* The clocks that generations come from, not those that run: nodes started from now on seem older. */
void world_set_back(World *world, int64_t ms);
void world_leave(World *world, unsigned i); /* says goodbye first */
bool world_is_running(const World *world, unsigned i);

void world_set_loss(World *world, unsigned percent);

/* Nodes below `first` and the others do not hear each other; 0: all hear all. */
void world_cut(World *world, unsigned first);

/* Node i is in another cluster from its next start on: a literal. */
void world_move(World *world, unsigned i, const char *cluster);

/* What node i wants; also told anew when it is started again. */
void world_want(World *world, unsigned i, const char *filters);

void     world_run(World *world, int64_t ms);
int64_t  world_now_ms(const World *world);
guint32  world_random(World *world, guint32 below);
Gossip  *world_gossip(World *world, unsigned i);
uint64_t world_sent(const World *world);
unsigned world_deaths(const World *world); /* on_dead, of nodes that were running and in reach */

/* Each running node sees just the running ones on its side as alive, with what they want now. */
bool world_agrees(World *world);

/* Runs until world_agrees(); how long that took, or -1 when it was not within `most_ms`. */
int64_t world_settle(World *world, int64_t most_ms);
