/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - finds plugins, checks that they fit, and brings them to life in order */
#include "plugin.h"

#include "broker.h"
#include "conf/conf.h"
#include "core/hooks.h"

#include <gmodule.h>

#define MAX_PLUGINS 32

struct VmqHost {
	const VmqPlugin *plugin;
	const char      *name; /* in the configuration */
	GModule         *module;
	VmqConf         *section; /* until init() */
	void            *state; /* NULL before init() and after exit() */
	const char      *waiting;
	bool             holding;
};

static VmqHost  hosts[MAX_PLUGINS];
static unsigned n_hosts;

/* ---- finding ---- */

static char *
find_file(const VmqConf *section, const char *name)
{
	const char *path = conf_text(section, "path");
	const char *dir = g_getenv("VMQ_PLUGIN_DIR");

	if (path != NULL)
		return g_strdup(path);

	g_autofree char *file = g_strconcat(name, "." G_MODULE_SUFFIX, NULL);

	return g_build_filename(dir != NULL ? dir : PLUGINDIR, file, NULL);
}

static const VmqPlugin *
fits(const VmqConf *section, const char *file, const VmqPlugin *plugin, GError **error)
{
	if (plugin->abi != VMQ_ABI_VERSION) {
		vmq_conf_set_error(section, error, "name",
		                   "%s was built for plugin ABI %u, this vibemqd has ABI %u: "
		                   "rebuild the plugin or install its matching version",
		                   file, plugin->abi, VMQ_ABI_VERSION);
		return NULL;
	}
	if (plugin->size < sizeof(VmqPlugin)) {
		vmq_conf_set_error(section, error, "name",
		                   "%s describes itself in %u bytes, this vibemqd expects %zu", file,
		                   plugin->size, sizeof(VmqPlugin));
		return NULL;
	}
	if (plugin->init == NULL) {
		vmq_conf_set_error(section, error, "name", "%s has no init()", file);
		return NULL;
	}
	return plugin;
}

static const VmqPlugin *
look_into(const VmqConf *section, const char *file, GModule *module, GError **error)
{
	gpointer symbol = NULL;

	if (!g_module_symbol(module, "vmq_plugin", &symbol)) {
		vmq_conf_set_error(section, error, "name",
		                   "%s is not a vibemq plugin: it has no symbol vmq_plugin", file);
		return NULL;
	}
	return fits(section, file, symbol, error);
}

static GModule *
open_module(const VmqConf *section, const char *file, GModuleFlags flags, GError **error)
{
	GModule *module = g_module_open(file, flags | G_MODULE_BIND_LOCAL);

	if (module == NULL)
		vmq_conf_set_error(section, error, "name", "cannot load plugin \"%s\": %s",
		                   conf_text(section, "name"), g_module_error());
	return module;
}

/*
 * What was built for another ABI may call functions that we do not have. So it is opened
 * without looking for them first, and can say what it is.
 */
static bool
may_load(const VmqConf *section, const char *file, GError **error)
{
	GModule *module = open_module(section, file, G_MODULE_BIND_LAZY, error);

	if (module == NULL)
		return false;

	bool is_fit = look_into(section, file, module, error) != NULL;

	g_module_close(module);
	return is_fit;
}

static bool
open_plugin(VmqHost *host, VmqConf *section, GError **error)
{
	const char *name = conf_text(section, "name");

	if (name == NULL) {
		vmq_conf_set_error(section, error, NULL, "a plugin needs a name");
		return false;
	}

	g_autofree char *file = find_file(section, name);

	if (!may_load(section, file, error))
		return false;

	GModule *module = open_module(section, file, 0, error);

	if (module == NULL)
		return false;

	const VmqPlugin *plugin = look_into(section, file, module, error);

	if (plugin == NULL || !conf_check_section(section, plugin->options, error)) {
		g_module_close(module);
		return false;
	}
	*host = (VmqHost){.plugin = plugin,
	                  .name = g_intern_string(name),
	                  .module = module,
	                  .section = section};
	return true;
}

bool
plugins_load(VmqConf *list, GError **error)
{
	for (unsigned i = 0; list != NULL && i < vmq_conf_length(list); i++) {
		if (n_hosts == MAX_PLUGINS) {
			vmq_conf_set_error(list, error, NULL, "more than %d plugins", MAX_PLUGINS);
			return false;
		}
		if (!open_plugin(&hosts[n_hosts], (VmqConf *) vmq_conf_at(list, i), error))
			return false;
		n_hosts++;
	}
	return true;
}

/* ---- life ---- */

static bool
start(VmqHost *host, GError **error)
{
	host->state = host->plugin->init(host, host->section, error);
	if (host->state != NULL)
		return true;
	if (error != NULL && *error == NULL)
		vmq_conf_set_error(host->section, error, NULL,
		                   "plugin \"%s\" did not start, and does not say why", host->name);
	return false;
}

bool
plugins_init(GError **error)
{
	for (unsigned i = 0; i < n_hosts; i++) {
		VmqHost *host = &hosts[i];

		if (!start(host, error))
			return false;
		hooks_add(host->name, host->plugin->hooks, host->state);
		vmq_info("plugin", "%s: %s", host->name,
		         host->plugin->summary != NULL ? host->plugin->summary : host->plugin->name);
	}
	hooks_open();
	return true;
}

void
plugins_exit(void)
{
	for (unsigned i = n_hosts; i-- > 0;) {
		void *state = g_steal_pointer(&hosts[i].state);

		if (state != NULL && hosts[i].plugin->exit != NULL)
			hosts[i].plugin->exit(state);
	}
}

void
plugins_unload(void)
{
	while (n_hosts > 0)
		g_module_close(hosts[--n_hosts].module);
}

/* ---- reload ---- */

/* By the name in the configuration, which is there once: a plugin may be there twice. */
static VmqHost *
host_of(const VmqConf *section)
{
	const char *name = conf_text(section, "name");

	for (unsigned i = 0; i < n_hosts && name != NULL; i++)
		if (g_str_equal(hosts[i].name, name))
			return &hosts[i];
	return NULL;
}

bool
plugins_check_reload(VmqConf *list, GError **error)
{
	for (unsigned i = 0; list != NULL && i < vmq_conf_length(list); i++) {
		VmqConf *section = (VmqConf *) vmq_conf_at(list, i);
		VmqHost *host = host_of(section);

		if (conf_text(section, "name") == NULL) {
			vmq_conf_set_error(section, error, NULL, "a plugin needs a name");
			return false;
		}
		if (host != NULL && !conf_check_section(section, host->plugin->options, error))
			return false;
	}
	return true;
}

void
plugins_reload(VmqConf *list)
{
	for (unsigned i = 0; list != NULL && i < vmq_conf_length(list); i++) {
		VmqConf *section = (VmqConf *) vmq_conf_at(list, i);
		VmqHost *host = host_of(section);

		if (host != NULL)
			hooks_reload((unsigned) (host - hosts), section);
		else
			vmq_warn("plugin", "%s: a new plugin needs a restart", conf_text(section, "name"));
	}
}

/* ---- waiting ---- */

void
vmq_set_waiting(VmqHost *host, const char *what)
{
	host->waiting = what;
	broker_look_at_readiness();
}

const char *
plugins_waiting(void)
{
	for (unsigned i = 0; i < n_hosts; i++)
		if (hosts[i].waiting != NULL)
			return hosts[i].waiting;
	return NULL;
}

void
vmq_stop_hold(VmqHost *host)
{
	host->holding = true;
}

void
vmq_stop_done(VmqHost *host)
{
	host->holding = false;
	broker_look_at_stopping();
}

unsigned
plugins_holding(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_hosts; i++)
		n += hosts[i].holding;
	return n;
}
