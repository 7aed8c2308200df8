/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - the places where a plugin may answer, edit or listen
 *
 * Gates are asked in the order of `plugins:` in the configuration; the first
 * answer other than VMQ_NEXT wins. Filters may each edit the draft. Notices go to
 * all. `state` is what the plugin's init() returned. What a hook is handed is
 * valid until it returns.
 */
#pragma once

#include <vibemq/client.h>
#include <vibemq/conf.h>
#include <vibemq/message.h>
#include <vibemq/types.h>

G_BEGIN_DECLS

typedef enum {
	VMQ_NEXT,     /* no opinion: ask the next plugin; when all say so, the answer is yes */
	VMQ_ALLOW,    /* yes, and ask nobody else */
	VMQ_DENY,     /* no, and ask nobody else */
	VMQ_CONTINUE, /* send AUTH and wait for the client's; on_connect and on_auth only: elsewhere no */
	VMQ_PENDING,  /* a ticket will answer; on_connect and on_auth only: elsewhere no */
} VmqVerdict;

/*
 * Names one question that was answered VMQ_PENDING. A value: it may be copied to
 * any thread, and outlive the client, whose answer is then lost.
 */
typedef struct {
	VmqAddr  conn;
	uint64_t serial;
} VmqTicket;

/*
 * A client that asks to come in, or to authenticate anew.
 *
 * on_connect is asked about a CONNECT. Where it answers VMQ_CONTINUE, the client's AUTH
 * goes to the same plugin's on_auth, as often as that answers VMQ_CONTINUE. A client that
 * is in may begin anew, with AUTH and the same method (MQTT 5.0, 4.12.1): the on_auth of
 * the plugin that let it in is asked with `kept` NULL. VMQ_DENY then ends the connection.
 * From the first to the last of these steps an exchange has limits.connect_timeout.
 */
typedef struct {
	const VmqClient *client;
	VmqBytes         password;    /* data NULL: none was sent */
	const char      *will_topic;  /* NULL: no will, or authenticating anew */
	const char      *auth_method; /* Authentication Method, NULL: none [MQTT-4.12.0-1] */
	VmqBytes         auth_data;   /* Authentication Data as it came */

	/* For the answer. */
	VmqReason   reason; /* of VMQ_DENY; Not authorized unless set */
	const char *why;    /* of VMQ_DENY, for the log: "no such user"; a static string */
	GBytes     *reply;  /* of VMQ_CONTINUE and VMQ_ALLOW: Authentication Data to send; taken over */

	/*
	 * Who the client is by its Authentication Data, where CONNECT gave no user name: its
	 * user name from now on. Copied; looked at after on_connect, unless it says VMQ_NEXT.
	 */
	const char *username;

	/*
	 * The plugin's own between the steps of one exchange: NULL at the first, then what it
	 * left here. forget(kept) is called when the exchange is over or the client is gone, on
	 * the worker that asks.
	 */
	void          *kept;
	GDestroyNotify forget;
} VmqConnect;

typedef enum { VMQ_ACCESS_PUBLISH, VMQ_ACCESS_SUBSCRIBE } VmqAccessKind;

typedef struct {
	VmqAccessKind    kind;
	const VmqClient *client;
	const char      *topic; /* a topic name, or a filter (without $share/group/) when subscribing */
	uint8_t          qos;
	bool             retain;
	const char      *why;   /* of VMQ_DENY, for the log; a static string */
} VmqAccess;

typedef struct {
	size_t size; /* set by VMQ_HOOKS_INIT; lets the table grow at its end */

	/* Gates. The client's worker (before it is in: the worker that accepted it). */
	VmqVerdict (*on_connect)(void *state, VmqConnect *connect, VmqTicket ticket);
	VmqVerdict (*on_auth)(void *state, VmqConnect *connect, VmqTicket ticket);
	VmqVerdict (*on_authorize)(void *state, VmqAccess *access);

	/*
	 * Filter. The publishing worker; after authorisation, before the message is
	 * retained and routed. What the draft is made to point to must live until
	 * the hook is called again on that thread, or for ever. It does not publish.
	 */
	void (*on_rewrite)(void *state, VmqDraft *draft);

	/* Notices. Control, unless it says otherwise. */
	void (*on_started)(void *state);  /* listeners are bound */
	void (*on_stopping)(void *state); /* no more clients; say goodbye, workers still turn */
	void (*on_reload)(void *state, const VmqConf *conf); /* the section, checked */
	void (*on_client_online)(void *state, const VmqClient *client);  /* the client's worker */

	/* Likewise. Why the broker closed; VMQ_REASON_SUCCESS: the client left, with a word or without. */
	void (*on_client_offline)(void *state, const VmqClient *client, VmqReason reason);

	/*
	 * The node's own interest in `filter` began or ended: look again with
	 * vmq_has_local_interest(). Comes after the router has changed; several
	 * changes may come as one.
	 */
	void (*on_filter_changed)(void *state, const char *filter);

	/*
	 * `msg` is now the retained message of its topic; empty payload: none is. The
	 * publishing worker. Not of $SYS, which is each node's own.
	 */
	void (*on_retained_changed)(void *state, VmqMsg *msg);
} VmqHooks;

#define VMQ_HOOKS_INIT .size = sizeof(VmqHooks)

/*
 * Answers a question left VMQ_PENDING, with any verdict but VMQ_PENDING. Any
 * thread, once. `why` as in VmqConnect; `reply` is taken over.
 */
VMQ_EXPORT void vmq_ticket_answer(VmqTicket ticket, VmqVerdict verdict, VmqReason reason, const char *why,
                                  GBytes *reply);

G_END_DECLS
