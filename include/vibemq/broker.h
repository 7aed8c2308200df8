/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - what a plugin may ask of the broker
 *
 * Threads: any worker, unless it says otherwise.
 */
#pragma once

#include <vibemq/message.h>
#include <vibemq/types.h>

G_BEGIN_DECLS

typedef struct VmqHost VmqHost; /* the broker, as one plugin may see it */

/*
 * The one door in: freezes the draft, retains it if asked, and delivers it to
 * all that want it. No authorisation takes place. Returns Success, No matching
 * subscribers, or the failure; a draft with an invalid topic is refused. A stamp
 * older than the retained message's loses: the draft is then dropped, Success.
 */
VMQ_EXPORT VmqReason vmq_publish(VmqHost *host, const VmqDraft *draft);

/* MQTT 5.0, 4.7: names hold no wildcard, no NUL, 1 to 65,535 bytes of UTF-8; filters place theirs right. */
VMQ_EXPORT bool vmq_topic_is_valid(VmqBytes topic);
VMQ_EXPORT bool vmq_filter_is_valid(const char *filter);

/*
 * Splits "$share/group/filter": returns the filter proper, and sets *group_size to
 * the length of the group's name at filter+7 (0 when it is no shared one).
 */
VMQ_EXPORT const char *vmq_filter_strip_share(const char *filter, size_t *group_size);
VMQ_EXPORT bool        vmq_filter_matches(const char *filter, VmqBytes topic); /* minds $ [MQTT-4.7.2-1] */

/* Does any sink of this node want `filter` (a plain one, shares stripped)? Grants with
 * VMQ_GRANT_RELAY do not count. */
VMQ_EXPORT bool vmq_has_local_interest(VmqHost *host, const char *filter);

typedef void (*VmqFilterEach)(const char *filter, void *data);
VMQ_EXPORT void vmq_local_filters_foreach(VmqHost *host, VmqFilterEach each, void *data);

/*
 * Walks the retained messages that match `filter`, tombstones (empty payload) of
 * cleared ones included when `filter` is NULL, which means all but $SYS, which is each
 * node's own. `msg` is borrowed.
 */
typedef void (*VmqMsgEach)(VmqMsg *msg, void *data);
VMQ_EXPORT void vmq_retained_foreach(VmqHost *host, const char *filter, VmqMsgEach each, void *data);

/* The name of this node in stamps and origins; control, in init(). Copied. */
VMQ_EXPORT void vmq_set_node_id(VmqHost *host, const char *node_id);

/* limits.max_packet_size, in bytes. */
VMQ_EXPORT uint32_t vmq_max_packet_size(VmqHost *host);

/*
 * What readiness waits for: `what` (a short phrase that lasts as long as the broker)
 * while not NULL. One per plugin; a plugin that never calls it is ready. Control.
 */
VMQ_EXPORT void vmq_set_waiting(VmqHost *host, const char *what);

/*
 * Keeps a stopping broker alive until vmq_stop_done(), for at most the drain
 * timeout: called in on_stopping by who must see its farewell leave. Control, both.
 */
VMQ_EXPORT void vmq_stop_hold(VmqHost *host);
VMQ_EXPORT void vmq_stop_done(VmqHost *host);

G_END_DECLS
