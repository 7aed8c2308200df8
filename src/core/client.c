/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - what plugins may know of a client */
#include "core/client.h"

const char *
vmq_client_get_id(const VmqClient *client)
{
	return client->id;
}

const char *
vmq_client_get_username(const VmqClient *client)
{
	return client->username;
}

const char *
vmq_client_get_address(const VmqClient *client)
{
	return client->address;
}

uint8_t
vmq_client_get_protocol(const VmqClient *client)
{
	return client->protocol;
}

bool
vmq_client_is_clean_start(const VmqClient *client)
{
	return client->clean_start;
}
