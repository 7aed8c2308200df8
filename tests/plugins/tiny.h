/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiny.h - what the tiny plugins have in common: a label that tells instances apart, and a voice
 *
 * Each says what it is asked or told, one line of the log per call:
 *
 *     tiny: LABEL HOOK worker=N: ARGUMENTS
 *
 * Threads: the label is read-only; a plugin may speak on any worker.
 */
#pragma once

#include <vibemq/plugin.h>

#include <string.h>

typedef struct {
	VmqHost *host;
	char    *label, *word; /* of its section; word may be NULL */
} Tiny;

static const VmqOption tiny_options[] = {
	{.key = "label", .type = VMQ_OPTION_STRING, .required = true, .help = "who speaks"},
	{.key = "word", .type = VMQ_OPTION_STRING, .reload = true, .help = "for the plugin"},
	VMQ_OPTIONS_END,
};

static inline void G_GNUC_PRINTF(3, 4)
tiny_say(const Tiny *tiny, const char *hook, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	vmq_info("tiny", "%s %s worker=%u: %s", tiny->label, hook, vmq_worker_here(), text);
}

static inline const char *
tiny_or_none(const char *text)
{
	return text != NULL ? text : "none";
}

/* Of a text that clients choose what is for this instance: of "a=next b=deny", "deny" for b. */
static inline char *
tiny_word_for(const Tiny *tiny, const char *text)
{
	g_autofree char *mark = g_strconcat(tiny->label, "=", NULL);
	const char      *at = text != NULL ? strstr(text, mark) : NULL;

	if (at == NULL)
		return NULL;
	at += strlen(mark);
	return g_strndup(at, strcspn(at, " /"));
}

static inline VmqVerdict
tiny_verdict(const char *word)
{
	static const char *const words[] = {
		[VMQ_NEXT] = "next",         [VMQ_ALLOW] = "allow",     [VMQ_DENY] = "deny",
		[VMQ_CONTINUE] = "continue", [VMQ_PENDING] = "pending",
	};

	for (unsigned i = 0; word != NULL && i < G_N_ELEMENTS(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (VmqVerdict) i;
	return VMQ_NEXT;
}

static inline VmqReason
tiny_publish(const Tiny *tiny, const char *topic, const char *payload)
{
	VmqDraft draft = VMQ_DRAFT_INIT;

	draft.topic = (VmqBytes){(const uint8_t *) topic, strlen(topic)};
	draft.payload = (VmqBytes){(const uint8_t *) payload, strlen(payload)};
	draft.qos = 1;
	return vmq_publish(tiny->host, &draft);
}

static inline void *
tiny_init(VmqHost *host, const VmqConf *conf, GError **error)
{
	Tiny *tiny = g_new0(Tiny, 1);

	(void) error;
	tiny->host = host;
	tiny->label = g_strdup(vmq_conf_get_string(conf, "label"));
	tiny->word = g_strdup(vmq_conf_get_string(conf, "word"));
	tiny_say(tiny, "init", "word=%s", tiny_or_none(tiny->word));
	return tiny;
}

static inline void
tiny_exit(void *state)
{
	Tiny *tiny = state;

	tiny_say(tiny, "exit", "word=%s", tiny_or_none(tiny->word));
	g_free(tiny->label);
	g_free(tiny->word);
	g_free(tiny);
}

#define TINY_PLUGIN(name_, ...)                                                                 \
	static const VmqHooks tiny_hooks = {VMQ_HOOKS_INIT, __VA_ARGS__};                       \
	VMQ_PLUGIN_DEFINE(name_, "A tiny plugin", tiny_options, &tiny_hooks, tiny_init, tiny_exit)
