/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.c - greets clients that come, and says who has left
 *
 * A plugin to begin with. Built outside of the broker's tree, against what is installed.
 *
 * The greeting may change while clients come on other threads: it is replaced, never edited, and
 * the old one is freed when nobody can be reading it any more.
 */
#include <vibemq/plugin.h>

#include <stdatomic.h>
#include <string.h>

typedef struct {
	VmqHost        *host;
	char           *topic;
	_Atomic(char *) greeting;
	VmqCounter      greeted;
} Hello;

static void
say(const Hello *hello, const char *word, const VmqClient *client)
{
	g_autofree char *text = g_strdup_printf("%s, %s!", word, vmq_client_get_id(client));
	VmqDraft         draft = VMQ_DRAFT_INIT;

	draft.topic = (VmqBytes){(const uint8_t *) hello->topic, strlen(hello->topic)};
	draft.payload = (VmqBytes){(const uint8_t *) text, strlen(text)};
	vmq_publish(hello->host, &draft);
}

/* On the worker of the client, which has had its CONNACK. */
static void
hello_on_client_online(void *state, const VmqClient *client)
{
	const Hello *hello = state;

	say(hello, hello->greeting, client);
	vmq_counter_add(hello->greeted, 1);
}

static void
hello_on_client_offline(void *state, const VmqClient *client, VmqReason reason)
{
	(void) reason;
	say(state, "Goodbye", client);
}

/* On control, while the others work. */
static void
hello_on_reload(void *state, const VmqConf *conf)
{
	Hello *hello = state;
	char  *greeting = g_strdup(vmq_conf_get_string(conf, "greeting"));

	vmq_retire(atomic_exchange(&hello->greeting, greeting), g_free);
}

static void
hello_exit(void *state)
{
	Hello *hello = state;

	vmq_info("hello", "%lld clients were greeted",
	         (long long) vmq_counter_read(hello->greeted));
	g_free(hello->topic);
	g_free(hello->greeting);
	g_free(hello);
}

static void *
hello_init(VmqHost *host, const VmqConf *conf, GError **error)
{
	const char *topic = vmq_conf_get_string(conf, "topic");

	if (!vmq_topic_is_valid((VmqBytes){(const uint8_t *) topic, strlen(topic)})) {
		vmq_conf_set_error(conf, error, "topic", "\"%s\" is not a topic name", topic);
		return NULL;
	}

	Hello *hello = g_new0(Hello, 1);

	hello->host = host;
	hello->topic = g_strdup(topic);
	hello->greeting = g_strdup(vmq_conf_get_string(conf, "greeting"));
	hello->greeted = vmq_counter_register("vibemq_hello_greeted_total",
	                                      "Clients that the hello plugin has greeted");
	return hello;
}

static const VmqOption hello_options[] = {
	{.key = "topic",
         .type = VMQ_OPTION_STRING,
         .fallback = "hello",
         .help = "where greetings are published"},
	{.key = "greeting",
         .type = VMQ_OPTION_STRING,
         .fallback = "Hello",
         .help = "the word before the client's name",
         .reload = true},
	VMQ_OPTIONS_END,
};

static const VmqHooks hello_hooks = {
	VMQ_HOOKS_INIT,
	.on_reload = hello_on_reload,
	.on_client_online = hello_on_client_online,
	.on_client_offline = hello_on_client_offline,
};

VMQ_PLUGIN_DEFINE(hello, "Greets clients that come", hello_options, &hello_hooks, hello_init,
                  hello_exit);
