/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - what plugins may know of a client; embedded in its connection */
#pragma once

#include <vibemq/client.h>

struct VmqClient {
	const char *id;
	const char *username; /* NULL: none */
	const char *address;
	uint8_t     protocol;
	bool        clean_start;
};
