/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - where brokers listen
 *
 * Memory:  endpoints_clear() gives all back.
 * Fails:   endpoints_parse(), with a message for people.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct {
	struct sockaddr_storage address;
	socklen_t               size;
} Endpoint;

typedef struct {
	Endpoint *list;
	unsigned  n;
} Endpoints;

/* "host:port,[::1]:1884,host": names are resolved, the port may be left out. */
bool endpoints_parse(Endpoints *endpoints, const char *text, GError **error);
void endpoints_clear(Endpoints *endpoints);
