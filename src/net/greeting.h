/* SPDX-License-Identifier: Apache-2.0 */
/*
 * greeting.h - what a CONNECT said, kept until its client is in
 *
 * Copies, since the answer may come later and on another worker.
 *
 * Owner:   a conn.
 */
#pragma once

#include "core/will.h"
#include "mqtt/packet.h"
#include "net/listener.h"

typedef struct {
	char    *client_id; /* assigned if the client gave none */
	char    *username;  /* NULL: none */
	GBytes  *password;  /* NULL: none; wiped when freed */
	char    *will_topic; /* with the listener's mount point; NULL: no will */
	Will    *will;
	uint8_t  will_qos;
	bool     will_retain;
	char    *auth_method; /* NULL: none; the conn takes it */
	GBytes  *auth_data;   /* NULL: none; wiped when freed */
	GBytes  *reply;       /* Authentication Data for CONNACK */
	uint32_t expiry_s;
	uint32_t max_packet_size;
	uint16_t receive_maximum;
	uint16_t alias_maximum;
	uint16_t keep_alive_s;
	bool     clean_start;
	bool     assigned; /* the client id is ours */
	bool     problem_info;
	bool     response_info; /* asked for */
} Greeting;

/* NULL with `reason` when the CONNECT is not acceptable, whoever sends it. */
Greeting *greeting_new(const MqttConnect *connect, const Listener *listener, VmqReason *reason);
void      greeting_free(Greeting *greeting); /* NULL is fine */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Greeting, greeting_free)
