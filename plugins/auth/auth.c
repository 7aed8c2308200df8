/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.c - users from a password file, rights from a file of roles
 *
 * Passwords are checked off the workers, for a good hash takes tens of
 * milliseconds: on_connect leaves the question pending, and a ticket answers; SCRAM
 * leaves the slow part to the client (exchange.h). What every worker reads on every
 * publish, the rules, is replaced as a whole by a reload.
 */
#include "exchange.h"
#include "hash.h"
#include "rules.h"

#include <vibemq/plugin.h>

#include <stdatomic.h>
#include <string.h>

/* Denials are logged once per interval and bucket, a client's always in the same one. */
#define N_GATES 64u
#define GATE_INTERVAL_MS 5000u

typedef struct {
	VmqCounter connects, publishes, subscribes, busy, reloads;
} Counters;

/* Counted: exit() and every password being checked hold it. */
typedef struct {
	_Atomic(Rules *) rules;
	atomic_uint      pending; /* passwords being checked, or waiting for it */
	Counters         counters;
	VmqLogGate       gates[N_GATES];
} Auth;

/* A password being checked: copies, since the client may be gone before it is. */
typedef struct {
	Auth     *auth;
	VmqTicket ticket;
	char     *client_id, *username, *address; /* for the log */
	char     *password, *hash;
	bool      is_user; /* no: the hash is a decoy */
	bool      is_right;
} Check;

static void
clear_auth(void *data)
{
	Auth *auth = data;

	rules_free(atomic_load(&auth->rules));
}

static void
auth_release(Auth *auth)
{
	g_atomic_rc_box_release_full(auth, clear_auth);
}

/* Whether this denial may be logged at its level; if not, it still is for --debug. */
static bool
may_log(Auth *auth, const char *client_id, unsigned *held)
{
	return vmq_log_gate(&auth->gates[g_str_hash(client_id) % N_GATES], GATE_INTERVAL_MS, held);
}

static const char *
name_or_dash(const char *name)
{
	return name != NULL ? name : "-";
}

static void
log_refusal(Auth *auth, const char *client_id, const char *username, const char *address,
            const char *why)
{
	unsigned held = 0;

	vmq_counter_add(auth->counters.connects, 1);
	if (may_log(auth, client_id, &held))
		vmq_warn("auth", "connection refused: %s: client=%s user=%s address=%s held=%u",
		         why, client_id, name_or_dash(username), address, held);
	else
		vmq_debug("auth", "connection refused: %s: client=%s user=%s address=%s", why,
		          client_id, name_or_dash(username), address);
}

static VmqVerdict
refuse(Auth *auth, VmqConnect *connect, VmqReason reason, const char *why)
{
	const VmqClient *client = connect->client;

	connect->reason = reason;
	connect->why = why;
	log_refusal(auth, vmq_client_get_id(client), vmq_client_get_username(client),
	            vmq_client_get_address(client), why);
	return VMQ_DENY;
}

static void
check_free(Check *check)
{
	explicit_bzero(check->password, strlen(check->password));
	g_free(check->password);
	g_free(check->hash);
	g_free(check->client_id);
	g_free(check->username);
	g_free(check->address);
	auth_release(check->auth);
	g_free(check);
}

/* On a thread of the pool. */
static void
on_check_work(void *data)
{
	Check *check = data;

	check->is_right = hash_verify(check->hash, check->password);
}

/* On the worker that asked. */
static void
on_check_done(void *data)
{
	Check *check = data;

	atomic_fetch_sub(&check->auth->pending, 1);
	if (check->is_user && check->is_right) {
		vmq_ticket_answer(check->ticket, VMQ_ALLOW, VMQ_REASON_SUCCESS, NULL, NULL);
	} else {
		const char *why = check->is_user ? "wrong password" : "no such user";

		log_refusal(check->auth, check->client_id, check->username, check->address, why);
		vmq_ticket_answer(check->ticket, VMQ_DENY, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD,
		                  why, NULL);
	}
	check_free(check);
}

static VmqVerdict
check_start(Auth *auth, const VmqConnect *connect, VmqTicket ticket, const char *hash, bool is_user)
{
	Check *check = g_new0(Check, 1);

	check->auth = g_atomic_rc_box_acquire(auth);
	check->ticket = ticket;
	check->client_id = g_strdup(vmq_client_get_id(connect->client));
	check->username = g_strdup(vmq_client_get_username(connect->client));
	check->address = g_strdup(vmq_client_get_address(connect->client));
	check->password = g_strndup((const char *) connect->password.data, connect->password.size);
	check->hash = g_strdup(hash);
	check->is_user = is_user;
	vmq_offload(on_check_work, on_check_done, check);
	return VMQ_PENDING;
}

/* What forbids to check the password at all, or NULL. */
static const char *
find_fault(const VmqBytes *password)
{
	if (password->data == NULL)
		return "user name without a password";
	if (password->size >= HASH_MAX_PASSWORD)
		return "password too long";
	if (memchr(password->data, '\0', password->size) != NULL) /* or "a\0b" would pass for "a" */
		return "password with a NUL in it";
	return NULL;
}

/* A step of SCRAM, of a client that comes in or authenticates anew. */
static VmqVerdict
auth_on_auth(void *state, VmqConnect *connect, G_GNUC_UNUSED VmqTicket ticket)
{
	Auth        *auth = state;
	const Rules *rules = atomic_load(&auth->rules);

	if (strcmp(connect->auth_method, SCRAM_METHOD) != 0) /* [MQTT-4.12.0-1] */
		return refuse(auth, connect, VMQ_REASON_BAD_AUTHENTICATION_METHOD,
		              "no plugin knows its authentication method");
	if (!passwd_has_scram(rules->passwd))
		return refuse(auth, connect, VMQ_REASON_BAD_AUTHENTICATION_METHOD,
		              "no user has a SCRAM verifier");

	VmqVerdict verdict = exchange_step(rules->passwd, connect);

	if (verdict == VMQ_DENY)
		refuse(auth, connect, connect->reason, connect->why);
	return verdict;
}

static VmqVerdict
auth_on_connect(void *state, VmqConnect *connect, VmqTicket ticket)
{
	Auth        *auth = state;
	const Rules *rules = atomic_load(&auth->rules);
	const char  *username = vmq_client_get_username(connect->client);

	if (connect->auth_method != NULL)
		return auth_on_auth(state, connect, ticket);
	if (username == NULL)
		return rules->allow_anonymous ? VMQ_ALLOW
		                              : refuse(auth, connect, VMQ_REASON_NOT_AUTHORIZED,
		                                       "no user name, and allow_anonymous is off");

	const char *fault = find_fault(&connect->password);

	if (fault != NULL)
		return refuse(auth, connect, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD, fault);

	const char *hash = passwd_find(rules->passwd, username);
	bool        is_user = hash != NULL;

	if (!is_user)
		hash = passwd_decoy(rules->passwd, username);
	if (hash == NULL)
		return refuse(auth, connect, VMQ_REASON_BAD_USER_NAME_OR_PASSWORD, "no such user");
	if (atomic_fetch_add(&auth->pending, 1) >= rules->max_pending) {
		atomic_fetch_sub(&auth->pending, 1);
		vmq_counter_add(auth->counters.busy, 1);
		return refuse(auth, connect, VMQ_REASON_SERVER_BUSY,
		              "max_pending passwords are being checked");
	}
	return check_start(auth, connect, ticket, hash, is_user);
}

static void
log_denial(Auth *auth, const VmqAccess *access, const char *client_id, const char *username)
{
	bool        publish = access->kind == VMQ_ACCESS_PUBLISH;
	const char *verb = publish ? "publish" : "subscribe";
	const char *address = vmq_client_get_address(access->client);
	unsigned    held = 0;

	vmq_counter_add(publish ? auth->counters.publishes : auth->counters.subscribes, 1);
	if (may_log(auth, client_id, &held))
		vmq_info("auth", "%s denied: %s: client=%s user=%s address=%s topic=%s held=%u",
		         verb, access->why, client_id, name_or_dash(username), address,
		         access->topic, held);
	else
		vmq_debug("auth", "%s denied: %s: client=%s user=%s address=%s topic=%s", verb,
		          access->why, client_id, name_or_dash(username), address, access->topic);
}

static VmqVerdict
auth_on_authorize(void *state, VmqAccess *access)
{
	Auth             *auth = state;
	const Rules      *rules = atomic_load_explicit(&auth->rules, memory_order_acquire);
	const FilterNames names = {.client_id = vmq_client_get_id(access->client),
	                           .username = vmq_client_get_username(access->client)};

	if (rules->acl == NULL)
		return VMQ_NEXT;
	if (acl_allows(rules->acl, access->kind, access->topic, &names, &access->why))
		return VMQ_ALLOW;
	log_denial(auth, access, names.client_id, names.username);
	return VMQ_DENY;
}

static void
auth_on_reload(void *state, const VmqConf *conf)
{
	Auth *auth = state;
	g_autoptr(GError) error = NULL;
	Rules *rules = rules_load(conf, &error);

	if (rules == NULL) {
		vmq_counter_add(auth->counters.reloads, 1);
		vmq_error("auth", "reload failed, the old users and roles stay in force: %s",
		          error->message);
		return;
	}
	vmq_retire(atomic_exchange(&auth->rules, rules), rules_free);
	vmq_info("auth", "reloaded: users=%u", passwd_count(rules->passwd));
}

static void
register_counters(Counters *counters)
{
	counters->connects = vmq_counter_register("vibemq_auth_connects_denied_total",
	                                          "Connections refused by the auth plugin");
	counters->publishes = vmq_counter_register("vibemq_auth_publishes_denied_total",
	                                           "Publishes that no role granted, or one denied");
	counters->subscribes =
		vmq_counter_register("vibemq_auth_subscribes_denied_total",
	                             "Subscriptions that no role granted, or one denied");
	counters->busy = vmq_counter_register("vibemq_auth_busy_total",
	                                      "Connections refused since max_pending was reached");
	counters->reloads =
		vmq_counter_register("vibemq_auth_reloads_failed_total",
	                             "Reloads that left the old users and roles in force");
}

static void *
auth_init(G_GNUC_UNUSED VmqHost *host, const VmqConf *conf, GError **error)
{
	Rules *rules = rules_load(conf, error);

	if (rules == NULL)
		return NULL;

	Auth *auth = g_atomic_rc_box_new0(Auth);

	atomic_init(&auth->rules, rules);
	register_counters(&auth->counters);
	return auth;
}

static void
auth_exit(void *state)
{
	auth_release(state);
}

static const VmqHooks auth_hooks = {
	VMQ_HOOKS_INIT,
	.on_connect = auth_on_connect,
	.on_auth = auth_on_auth,
	.on_authorize = auth_on_authorize,
	.on_reload = auth_on_reload,
};

VMQ_PLUGIN_DEFINE(auth, "Users from a password file, rights from a file of roles", rules_options,
                  &auth_hooks, auth_init, auth_exit);
