/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - a client as a plugin may see it: read-only
 *
 * Threads: the worker on which a hook got it, for as long as the hook runs.
 * Memory:  strings live as long as the client's connection.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqClient VmqClient;

VMQ_EXPORT const char *vmq_client_get_id(const VmqClient *client);
VMQ_EXPORT const char *vmq_client_get_username(const VmqClient *client); /* NULL: none */
VMQ_EXPORT const char *vmq_client_get_address(const VmqClient *client);  /* "192.0.2.1:49152" */
VMQ_EXPORT uint8_t     vmq_client_get_protocol(const VmqClient *client); /* 3, 4 or 5 */
VMQ_EXPORT bool        vmq_client_is_clean_start(const VmqClient *client);

G_END_DECLS
