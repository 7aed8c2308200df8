/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - builds the house and takes it down
 *
 * Owner:   main.c.        Threads: control, which is the main thread.
 */
#pragma once

#include <vibemq/conf.h>

#include "settings.h"

/*
 * Runs until SIGTERM or SIGINT. Takes the tree over: plugins keep their sections
 * while they run. `reload` makes a new tree on SIGHUP.
 */
typedef struct {
	VmqConf *(*load)(void *data, Settings *settings, GError **error);
	void *data;
} BrokerReload;

int broker_run(VmqConf *conf, const Settings *settings, const BrokerReload *reload);

/* Something changed that readiness, or the end, may have waited for. */
void broker_look_at_readiness(void);
void broker_look_at_stopping(void);
