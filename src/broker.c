/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.c - builds the house and takes it down
 *
 * build() and tear_down() are one list, read in both directions.
 */
#include "broker.h"

#include "base/cores.h"
#include "base/log.h"
#include "conf/conf.h"
#include "core/clients.h"
#include "core/core.h"
#include "core/hooks.h"
#include "core/memory.h"
#include "core/route_cache.h"
#include "core/sys.h"
#include "net/conn.h"
#include "net/door.h"
#include "net/listener.h"
#include "net/stream.h"
#include "notify.h"
#include "plugin.h"
#include "run/crew.h"
#include "run/offload.h"
#include "run/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How often tombstones and expired retained messages are looked for. */
#define SWEEP_MS (60 * 1000)

/* What is waited for this long is worth a line. */
#define STILL_WAITING_MS 1000

typedef enum {
	BROKER_BUILDING,
	BROKER_WAITING, /* it serves, but a plugin waits for something */
	BROKER_READY,
	BROKER_DRAINING,
	BROKER_FAREWELL,
} BrokerState;

static struct {
	BrokerState         state;
	VmqConf            *conf;
	GPtrArray          *old_confs; /* replaced by reloads; plugins may still hold on to them */
	Settings            settings;
	const BrokerReload *reload;
	int                 signal_fd;
	VmqWatch           *signal_watch;
	VmqTimer           *sweep, *drain, *still_waiting;
	bool                settled; /* nobody is in a hook any more */
	const char         *waiting; /* for what; NULL: never yet */
} broker;

/* ---- settings ---- */

static Limits
limits_of(const Settings *settings)
{
	return (Limits){
		.max_packet_size = settings->max_packet_size,
		.max_inflight = settings->max_inflight,
		.receive_maximum = settings->receive_maximum,
		.max_queued_messages = settings->max_queued_messages,
		.max_queued_bytes = settings->max_queued_bytes,
		.max_queued_messages_total = settings->max_queued_messages_total,
		.max_queued_bytes_total = settings->max_queued_bytes_total,
		.max_inflight_bytes = settings->max_inflight_bytes,
		.memory_limit = settings->memory_limit,
		.max_handover_bytes = settings->max_handover_bytes,
		.max_unsent_bytes = settings->max_unsent_bytes,
		.max_subscriptions = settings->max_subscriptions,
		.max_topic_levels = settings->max_topic_levels,
		.topic_alias_maximum = settings->topic_alias_maximum,
		.keep_alive_max_s = settings->keep_alive_max_s,
		.session_expiry_max_s = settings->session_expiry_max_s,
		.connect_timeout_ms = settings->connect_timeout_ms,
		.max_connect_size = settings->max_connect_size,
		.max_connections = settings->max_connections,
		.max_connections_per_address = settings->max_connections_per_address,
		.max_connect_rate_per_address = settings->max_connect_rate_per_address,
		.queue_qos0 = settings->queue_qos0,
		.retained_available = settings->retained_available,
		.wildcard_available = settings->wildcard_available,
		.shared_available = settings->shared_available,
		.subscription_id_available = settings->subscription_id_available,
		.check_retain_source = settings->check_retain_source,
		.max_qos = settings->max_qos,
		.drop_policy = (DropPolicy) settings->drop_policy,
		.server_reference = settings->server_reference,
		.response_information = settings->response_information,
	};
}

static ListenerTerms
terms_of(const SettingsListener *settings)
{
	ListenerTerms terms = {
		.max_connections = settings->max_connections,
		.alias_maximum = settings->topic_alias_maximum,
		.alias_maximum_out = settings->topic_alias_maximum_out,
		.levels = settings->protocol_levels,
		.max_qos = settings->max_qos,
		.allow_anonymous = settings->allow_anonymous,
		.allow_empty_client_id = settings->allow_empty_client_id,
	};

	g_strlcpy(terms.id_prefix, settings->assigned_id_prefix, sizeof(terms.id_prefix));
	return terms;
}

static unsigned
choose_workers(const Settings *settings)
{
	unsigned n = settings->workers != 0 ? settings->workers : cores_available();

	return CLAMP(n, 1, WORKER_MAX);
}

/* As many connections as the system lets us have. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		vmq_warn("broker", "cannot raise the limit of open files: %s", g_strerror(errno));
}

/* ---- readiness ---- */

static void
on_still_waiting(void *unused)
{
	(void) unused;
	if (broker.state == BROKER_WAITING)
		vmq_info("broker", "waiting for %s", broker.waiting);
}

/* When all is well this changes many times within moments: the log has the first, and what lasts. */
static void
set_waiting(const char *what)
{
	g_autofree char *status = g_strdup_printf("waiting for %s", what);

	if (broker.waiting == NULL)
		vmq_info("broker", "%s", status);
	else
		vmq_timer_set(broker.still_waiting, STILL_WAITING_MS);
	broker.waiting = what;
	notify_status(status);
}

void
broker_look_at_readiness(void)
{
	const char *waiting = plugins_waiting();

	if (broker.state != BROKER_WAITING)
		return;
	if (waiting != NULL) {
		if (g_strcmp0(waiting, broker.waiting) != 0)
			set_waiting(waiting);
		return;
	}
	broker.state = BROKER_READY;
	vmq_info("broker", "ready");
	notify_status("ready");
	notify_send("READY=1");
}

/* ---- stopping ---- */

/* All clients are gone and their wills are on their way: the plugins may say goodbye. */
static void
say_farewell(void *unused)
{
	(void) unused;
	broker.state = BROKER_FAREWELL;
	hooks_stopping();
	broker_look_at_stopping();
}

void
broker_look_at_stopping(void)
{
	if (broker.state == BROKER_FAREWELL && plugins_holding() == 0)
		workers_quit();
}

static void
on_drain_timeout(void *unused)
{
	(void) unused;
	vmq_warn("broker", "drain_timeout is over, stopping at once");
	workers_quit();
}

/* What the clients are told: where to go, if we know. */
static VmqReason
goodbye(const Settings *settings)
{
	if (settings->server_reference == NULL)
		return VMQ_REASON_SERVER_SHUTTING_DOWN;
	return settings->server_moved ? VMQ_REASON_SERVER_MOVED : VMQ_REASON_USE_ANOTHER_SERVER;
}

static void
close_clients(void *reason)
{
	conns_close_all((VmqReason) GPOINTER_TO_UINT(reason));
	clients_clear();
}

/*
 * Letters are opened in order, so what a worker posts in the turn in which it
 * closes its clients, their wills among it, has arrived after one more round.
 */
static void
one_more_round(void *unused)
{
	(void) unused;
	vmq_retire(NULL, say_farewell);
}

static void
drain(const char *why)
{
	if (broker.state >= BROKER_DRAINING)
		return;
	broker.state = BROKER_DRAINING;
	vmq_info("broker", "%s: stopping, %u connections", why, door_count());
	notify_status("stopping");
	notify_send("STOPPING=1");
	vmq_timer_set(broker.drain, broker.settings.drain_timeout_ms);
	listeners_close();
	for (unsigned i = 0; i < vmq_workers(); i++)
		vmq_invoke(i, close_clients, GUINT_TO_POINTER(goodbye(&broker.settings)), NULL);
	vmq_retire(NULL, one_more_round);
}

/* ---- reload ---- */

static void
set_listener_terms(const Settings *settings)
{
	for (unsigned i = 0; i < settings->n_listeners; i++) {
		ListenerTerms terms = terms_of(&settings->listeners[i]);

		listeners_set_terms(i, &terms);
	}
}

/* Check, then commit: whatever is wrong with the new file, the old one stays in force. */
static void
reload(void)
{
	g_autoptr(GError) error = NULL;
	Settings settings;
	VmqConf *conf = broker.reload->load(broker.reload->data, &settings, &error);

	notify_reloading();
	if (conf == NULL || !plugins_check_reload((VmqConf *) vmq_conf_get(conf, "plugins"), &error)) {
		vmq_error("broker", "reload failed, the old configuration stays in force: %s",
		          error->message);
		vmq_conf_free(conf);
		notify_send("READY=1");
		return;
	}
	settings_warn_unreloaded(&broker.settings, &settings);

	Limits limits = limits_of(&settings);

	core_set_limits(&limits);
	memory_watch();
	if (settings_same_listeners(&broker.settings, &settings))
		set_listener_terms(&settings);
	log_set_level(settings.log_level);
	sys_say_every(settings.sys_interval_ms);
	plugins_reload((VmqConf *) vmq_conf_get(conf, "plugins"));
	g_ptr_array_add(broker.old_confs, broker.conf);
	broker.conf = conf;
	broker.settings = settings;
	vmq_info("broker", "reloaded");
	notify_send("READY=1");
}

/* ---- signals ---- */

static void
on_signal(int fd, VmqIo ready, void *unused)
{
	struct signalfd_siginfo info;

	(void) ready;
	(void) unused;
	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload();
		else
			drain(info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
	}
}

/* Before any thread is made, so that none of them gets the signals instead. */
static void
block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	broker.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	g_assert(broker.signal_fd >= 0);
}

/* ---- building ---- */

static void
on_sweep(void *unused)
{
	(void) unused;
	retained_sweep(core.retained, broker.settings.tombstone_ttl_ms);
	vmq_timer_set(broker.sweep, SWEEP_MS);
}

static bool
bind_listeners(const Settings *settings, GError **error)
{
	for (unsigned i = 0; i < settings->n_listeners; i++) {
		const SettingsListener *listener = &settings->listeners[i];
		ListenerTerms           terms = terms_of(listener);

		if (!listeners_bind(listener->address, listener->mount_point, &terms, error))
			return false;
	}
	return true;
}

/* The measure of what workers get done. */
static int64_t
publishes(void)
{
	return vmq_counter_read(core.counters.publishes_in) +
	       vmq_counter_read(core.counters.publishes_out);
}

static bool
build(GError **error)
{
	const Settings *settings = &broker.settings;
	Limits          limits = limits_of(settings);
	unsigned        n_workers = choose_workers(settings);

	raise_file_limit();
	core_start(n_workers, &limits, settings->max_retained_messages);
	door_open();
	if (!bind_listeners(settings, error))
		return false;
	workers_start(n_workers);
	vmq_info("broker", "%u worker%s", n_workers, n_workers == 1 ? "" : "s");
	crew_measure(publishes);
	broker.signal_watch = vmq_watch_new(broker.signal_fd, VMQ_IO_READ, on_signal, NULL);
	broker.sweep = vmq_timer_new(on_sweep, NULL);
	broker.drain = vmq_timer_new(on_drain_timeout, NULL);
	broker.still_waiting = vmq_timer_new(on_still_waiting, NULL);
	vmq_timer_set(broker.sweep, SWEEP_MS);
	memory_watch();
	if (!plugins_init(error))
		return false;
	sys_say_every(settings->sys_interval_ms);
	listeners_open();
	hooks_started();
	broker.state = BROKER_WAITING;
	broker_look_at_readiness();
	return true;
}

/* What a worker still holds when everything that uses it is gone. */
static void
forget(void *unused)
{
	(void) unused;
	route_cache_forget();
	streams_cut();
}

static void
on_settled(void *unused)
{
	(void) unused;
	broker.settled = true;
	workers_quit();
}

/*
 * Before plugins leave: no hook is called any more, nobody is in one still, and what they have
 * given away (vmq_offload(), vmq_invoke()) is done.
 */
static void
settle_plugins(void)
{
	hooks_close();
	offload_stop();
	vmq_retire(NULL, on_settled);
	while (!broker.settled)
		workers_run();
}

/* The mirror of build(). */
static void
tear_down(void)
{
	if (worker_self != NULL) {
		settle_plugins();
		plugins_exit();
		offload_stop();
		sys_stop();
		memory_unwatch();
		vmq_timer_free(broker.still_waiting);
		vmq_timer_free(broker.drain);
		vmq_timer_free(broker.sweep);
		vmq_watch_free(broker.signal_watch);
		for (unsigned i = 1; i < vmq_workers(); i++)
			vmq_invoke(i, forget, NULL, NULL);
		forget(NULL);
		workers_stop();
	}
	listeners_free();
	door_close();
	plugins_unload();
	core_stop();
	close(broker.signal_fd);
	g_ptr_array_unref(broker.old_confs);
	vmq_conf_free(broker.conf);
}

int
broker_run(VmqConf *conf, const Settings *settings, const BrokerReload *reload_source)
{
	g_autoptr(GError) error = NULL;

	broker.conf = conf;
	broker.old_confs = g_ptr_array_new_with_free_func((GDestroyNotify) vmq_conf_free);
	broker.settings = *settings;
	broker.reload = reload_source;
	block_signals();
	notify_set_file(settings->status_file);
	notify_status("starting");

	bool built = build(&error);

	if (built)
		workers_run();
	else
		vmq_error("broker", "%s", error->message);
	notify_status(NULL);
	tear_down();
	if (built)
		vmq_info("broker", "stopped");
	return built ? EXIT_SUCCESS : EXIT_FAILURE;
}
