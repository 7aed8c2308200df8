/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - what travels: a draft while one owner edits it, a VmqMsg ever after
 *
 * A draft is a struct of borrowed slices on somebody's stack. Frozen, it becomes
 * a VmqMsg: immutable, counted, in one block of memory, and readable from any
 * thread that holds a reference.
 *
 * Threads: a draft belongs to one thread; a VmqMsg may be read, referenced and
 *          unreferenced anywhere.
 * Fails:   never. Topic and properties have been checked before they get here.
 */
#pragma once

#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqMsg    VmqMsg;
typedef struct VmqClient VmqClient;

/* A message without Message Expiry Interval [MQTT-3.3.2-5]. */
#define VMQ_NO_EXPIRY UINT32_MAX

/*
 * A hybrid logical clock reading: 48 bits of milliseconds since the epoch, 16 of
 * counter (Kulkarni et al., "Logical Physical Clocks", 2014). Orders retained
 * messages across nodes; the origin's name breaks ties. 0 means "not yet given".
 */
typedef uint64_t VmqStamp;

typedef struct {
	VmqBytes topic;      /* UTF-8, a topic name */
	VmqBytes payload;
	VmqBytes properties; /* MQTT 5 properties that travel (Payload Format, Content Type, Response
	                        Topic, Correlation Data, User Property), encoded one after the other,
	                        without the leading length */
	uint32_t         expiry_s; /* seconds left to live, or VMQ_NO_EXPIRY */
	uint8_t          qos;      /* 0..2 */
	bool             retain;
	const char      *origin;   /* the node it came from, from g_intern_string(); NULL for this one.
	                              A message with an origin is given to local sinks only */
	VmqStamp         stamp;    /* 0: now */
	VmqAddr          publisher; /* for No Local [MQTT-3.8.3-3]; VMQ_ADDR_NONE if no session */
	const VmqClient *client;   /* NULL when no client published it */
} VmqDraft;

#define VMQ_DRAFT_INIT { .expiry_s = VMQ_NO_EXPIRY }

VMQ_EXPORT VmqMsg *vmq_msg_ref(VmqMsg *msg);
VMQ_EXPORT void    vmq_msg_unref(VmqMsg *msg); /* NULL is fine */

VMQ_EXPORT VmqBytes    vmq_msg_get_topic(const VmqMsg *msg);
VMQ_EXPORT VmqBytes    vmq_msg_get_payload(const VmqMsg *msg);
VMQ_EXPORT VmqBytes    vmq_msg_get_properties(const VmqMsg *msg);
VMQ_EXPORT uint8_t     vmq_msg_get_qos(const VmqMsg *msg);
VMQ_EXPORT bool        vmq_msg_get_retain(const VmqMsg *msg);
VMQ_EXPORT const char *vmq_msg_get_origin(const VmqMsg *msg); /* NULL: this node */
VMQ_EXPORT VmqStamp    vmq_msg_get_stamp(const VmqMsg *msg);
VMQ_EXPORT VmqAddr     vmq_msg_get_publisher(const VmqMsg *msg); /* VMQ_ADDR_NONE: no client */

/* Seconds left now, 0 when it has expired, VMQ_NO_EXPIRY when it never does. */
VMQ_EXPORT uint32_t vmq_msg_get_expiry_s(const VmqMsg *msg);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmqMsg, vmq_msg_unref)

G_END_DECLS
