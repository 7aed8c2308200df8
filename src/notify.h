/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - tells others how we are: the service manager, as sd_notify(3) describes,
 * and whoever looks into the status file
 *
 * Without $NOTIFY_SOCKET and a file it does nothing.
 *
 * Threads: control.
 */
#pragma once

#include <vibemq/types.h>

/* "READY=1", "RELOADING=1\nMONOTONIC_USEC=…", "STOPPING=1", "STATUS=…" */
void notify_send(const char *state);
void notify_reloading(void);

/* The status file, which has the status for its only line; NULL: none. Borrowed. */
void notify_set_file(const char *path);

/* "starting", "waiting for …", "ready", "stopping"; NULL: we are no more, so the file goes. */
void notify_status(const char *status);
