/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - "host:port" and what the kernel makes of it
 *
 * Threads: any; address_resolve() may wait for DNS, so at start-up only.
 * Fails:   with a sentence that quotes the address.
 */
#pragma once

#include "run/tally.h"

#include <vibemq/types.h>

#include <sys/socket.h>

typedef struct {
	struct sockaddr_storage storage;
	socklen_t               size;
} Address;

/* Room for any address_format(). */
#define ADDRESS_TEXT_BYTES 64

/* "192.0.2.1:1883", "[2001:db8::1]:1883"; nothing is looked up. */
bool address_parse(const char *text, Address *address, GError **error);

/* The same, and host names: the first address that the resolver gives. */
bool address_resolve(const char *text, Address *address, GError **error);

/*
 * Who is at an address, whatever his port: an IPv4 address, mapped ones too; of an IPv6
 * address the first 64 bits, for who has one has as a rule all of them. `text` is of
 * address_format().
 */
TallyKey address_key(const char *text);

void address_format(const Address *address, char text[ADDRESS_TEXT_BYTES]);
