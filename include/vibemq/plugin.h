/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - one const struct that brings hooks and sinks
 *
 * init() returns the state that every hook receives, or NULL with `error` set:
 * the broker then does not start. Hooks are called when every plugin's init() has
 * returned, and no more when exit() is called, in reverse order of init(): by then
 * nobody is in one, and what was given to vmq_invoke() and vmq_offload() is done;
 * exit() frees the state and gives nothing away. A plugin is never unloaded while
 * the broker runs. It has no globals and includes only these headers.
 *
 * Threads: init() and exit() run on control; other workers turn already, and still.
 */
#pragma once

#include <vibemq/broker.h>
#include <vibemq/client.h>
#include <vibemq/conf.h>
#include <vibemq/hooks.h>
#include <vibemq/log.h>
#include <vibemq/loop.h>
#include <vibemq/message.h>
#include <vibemq/metrics.h>
#include <vibemq/sink.h>
#include <vibemq/stream.h>

G_BEGIN_DECLS

typedef struct {
	uint32_t         abi;
	uint32_t         size;
	const char      *name;
	const char      *summary;
	const VmqOption *options; /* the keys of its section, VMQ_OPTIONS_END; `name` and `path` are
	                             the broker's; NULL: none */
	const VmqHooks  *hooks;   /* NULL: none */
	void *(*init)(VmqHost *host, const VmqConf *conf, GError **error);
	void (*exit)(void *state); /* NULL: there is nothing to free */
} VmqPlugin;

/* Defines the one symbol that the broker looks for. */
#define VMQ_PLUGIN_DEFINE(name_, summary_, options_, hooks_, init_, exit_) \
	extern const VmqPlugin     vmq_plugin;                             \
	VMQ_EXPORT const VmqPlugin vmq_plugin = {                          \
		.abi = VMQ_ABI_VERSION,                                    \
		.size = sizeof(VmqPlugin),                                 \
		.name = #name_,                                            \
		.summary = (summary_),                                     \
		.options = (options_),                                     \
		.hooks = (hooks_),                                         \
		.init = (init_),                                           \
		.exit = (exit_),                                           \
	}

G_END_DECLS
