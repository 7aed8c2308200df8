/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paho-c.c - a client made of Eclipse Paho's C library; it does what it is told
 *
 *     paho-c HOST:PORT ID 4|5
 *
 * Commands come on standard input, a line of words each, and what happens goes to
 * standard output, a JSON object a line:
 *
 *     connect CLEAN [expiry=S] [will=TOPIC:PAYLOAD]     connected, with "present" if it tells
 *     subscribe FILTER QOS [id=N]                       subscribed, with "reason"
 *     publish TOPIC QOS RETAIN PAYLOAD [PROPERTY=...]   published, when acknowledged to the end
 *     disconnect                                        disconnected
 *
 * and "message" whenever one comes. A payload #N is a pattern of N bytes; that of a long
 * message is not shown, but whether it is that pattern ("intact"). Words hold no spaces,
 * quotes or backslashes.
 */
#include <MQTTClient.h>
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS     20000
#define MOST_SHOWN     64
#define KEEP_ALIVE_S   60

static MQTTClient handle;
static int        version;

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void refuse(const char *what, int code) G_GNUC_NORETURN;

/* Two threads say things: the lines stay whole. */
static void
say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	flockfile(stdout);
	puts(text);
	fflush(stdout);
	funlockfile(stdout);
}

static void
refuse(const char *what, int code)
{
	fprintf(stderr, "paho-c: %s: %d\n", what, code);
	exit(EXIT_FAILURE);
}

static void
check(const char *what, int code)
{
	if (code != MQTTCLIENT_SUCCESS)
		refuse(what, code);
}

/* ---- payloads ---- */

static char
pattern(size_t i)
{
	return (char) (i % 251);
}

static GString *
make_payload(const char *word)
{
	GString *payload = g_string_new(word[0] == '#' ? NULL : word);

	if (word[0] == '#') {
		g_string_set_size(payload, g_ascii_strtoull(word + 1, NULL, 10));
		for (size_t i = 0; i < payload->len; i++)
			payload->str[i] = pattern(i);
	}
	return payload;
}

static bool
is_pattern(const char *payload, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (payload[i] != pattern(i))
			return false;
	return true;
}

/* ---- properties ---- */

typedef enum { NUMBER, TEXT, PAIR } Kind;

static const struct {
	const char            *name;
	enum MQTTPropertyCodes code;
	Kind                   kind;
} names[] = {
	{"expiry", MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, NUMBER},
	{"id", MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, NUMBER},
	{"type", MQTTPROPERTY_CODE_CONTENT_TYPE, TEXT},
	{"response", MQTTPROPERTY_CODE_RESPONSE_TOPIC, TEXT},
	{"correlation", MQTTPROPERTY_CODE_CORRELATION_DATA, TEXT},
	{"user", MQTTPROPERTY_CODE_USER_PROPERTY, PAIR},
};

static MQTTLenString
slice(char *text)
{
	return (MQTTLenString){(int) strlen(text), text};
}

static void
add_number(MQTTProperties *properties, enum MQTTPropertyCodes code, const char *value)
{
	MQTTProperty one = {.identifier = code};

	one.value.integer4 = (unsigned) g_ascii_strtoull(value, NULL, 10);
	check("property", MQTTProperties_add(properties, &one));
}

/* The library copies; a value `key:value` is cut in two. */
static void
add_text(MQTTProperties *properties, enum MQTTPropertyCodes code, Kind kind, char *value)
{
	MQTTProperty one = {.identifier = code};
	char        *colon = strchr(value, ':');

	if (kind == PAIR) {
		*colon = '\0';
		one.value.value = slice(colon + 1);
	}
	one.value.data = slice(value);
	check("property", MQTTProperties_add(properties, &one));
}

static void
add_properties(MQTTProperties *properties, char **words)
{
	for (; *words != NULL; words++)
		for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
			size_t length = strlen(names[i].name);

			if (strncmp(*words, names[i].name, length) != 0 || (*words)[length] != '=')
				continue;
			if (names[i].kind == NUMBER)
				add_number(properties, names[i].code, *words + length + 1);
			else
				add_text(properties, names[i].code, names[i].kind,
				         *words + length + 1);
		}
}

static void
tell_property(GString *line, size_t i, const MQTTProperty *property)
{
	const MQTTLenString *data = &property->value.data, *value = &property->value.value;

	if (names[i].kind == NUMBER)
		g_string_append_printf(line, ", \"%s\": \"%u\"", names[i].name,
		                       property->value.integer4);
	else if (names[i].kind == TEXT)
		g_string_append_printf(line, ", \"%s\": \"%.*s\"", names[i].name, data->len, data->data);
	else
		g_string_append_printf(line, ", \"%s\": \"%.*s:%.*s\"", names[i].name, data->len,
		                       data->data, value->len, value->data);
}

static void
tell_properties(GString *line, MQTTProperties *properties)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const MQTTProperty *one = MQTTProperties_getProperty(properties, names[i].code);

		if (one != NULL)
			tell_property(line, i, one);
	}
}

/* ---- what comes ---- */

static int
on_message(void *context, char *topic, int topic_size, MQTTClient_message *message)
{
	g_autoptr(GString) line = g_string_new(NULL);
	size_t      size = (size_t) message->payloadlen;
	const char *payload = message->payload;

	(void) context;
	(void) topic_size;
	g_string_printf(line, "{\"event\": \"message\", \"topic\": \"%s\", \"qos\": %d, \"retain\": %d, "
	                      "\"size\": %zu", topic, message->qos, message->retained, size);
	if (size <= MOST_SHOWN)
		g_string_append_printf(line, ", \"payload\": \"%.*s\"", (int) size, payload);
	else
		g_string_append_printf(line, ", \"intact\": %s", is_pattern(payload, size) ? "true" : "false");
	if (version == MQTTVERSION_5)
		tell_properties(line, &message->properties);
	say("%s}", line->str);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void
on_lost(void *context, char *cause)
{
	(void) context;
	(void) cause;
	say("{\"event\": \"lost\"}");
}

/* ---- commands ---- */

static const char *
find(char **words, const char *name)
{
	for (size_t length = strlen(name); *words != NULL; words++)
		if (strncmp(*words, name, length) == 0 && (*words)[length] == '=')
			return *words + length + 1;
	return NULL;
}

static void
open_v5(MQTTClient_connectOptions *options, bool clean, const char *expiry)
{
	MQTTProperties properties = MQTTProperties_initializer;

	options->cleanstart = clean;
	if (expiry != NULL)
		add_number(&properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, expiry);

	MQTTResponse response = MQTTClient_connect5(handle, options, &properties, NULL);

	check("connect", (int) response.reasonCode);
	MQTTResponse_free(response);
	MQTTProperties_free(&properties);
}

static void
do_connect(char **words)
{
	MQTTClient_connectOptions v4 = MQTTClient_connectOptions_initializer;
	MQTTClient_connectOptions v5 = MQTTClient_connectOptions_initializer5;
	MQTTClient_connectOptions options = version == MQTTVERSION_5 ? v5 : v4;
	MQTTClient_willOptions    will = MQTTClient_willOptions_initializer;
	bool                      clean = words[1][0] == '1';
	g_auto(GStrv) parts = find(words, "will") ? g_strsplit(find(words, "will"), ":", 2) : NULL;

	options.keepAliveInterval = KEEP_ALIVE_S;
	options.MQTTVersion = version;
	if (parts != NULL) {
		will.topicName = parts[0];
		will.message = parts[1];
		will.qos = 1;
		options.will = &will;
	}
	if (version == MQTTVERSION_5) {
		open_v5(&options, clean, find(words, "expiry"));
		say("{\"event\": \"connected\"}"); /* the library keeps to itself what CONNACK said */
	} else {
		options.cleansession = clean;
		check("connect", MQTTClient_connect(handle, &options));
		say("{\"event\": \"connected\", \"present\": %d}", options.returned.sessionPresent);
	}
}

static void
do_subscribe(char **words)
{
	int qos = atoi(words[2]), reason = qos;

	if (version == MQTTVERSION_5) {
		MQTTProperties         properties = MQTTProperties_initializer;
		MQTTSubscribe_options  options = MQTTSubscribe_options_initializer;

		add_properties(&properties, words + 3);

		MQTTResponse response =
			MQTTClient_subscribe5(handle, words[1], qos, &options, &properties);

		reason = (int) response.reasonCode;
		MQTTResponse_free(response);
		MQTTProperties_free(&properties);
	} else {
		check("subscribe", MQTTClient_subscribe(handle, words[1], qos));
	}
	say("{\"event\": \"subscribed\", \"reason\": %d}", reason);
}

static void
do_publish(char **words)
{
	g_autoptr(GString) payload = make_payload(words[4]);
	MQTTClient_message       message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token;

	message.payload = payload->str;
	message.payloadlen = (int) payload->len;
	message.qos = atoi(words[2]);
	message.retained = atoi(words[3]);
	if (version == MQTTVERSION_5) {
		add_properties(&message.properties, words + 5);

		MQTTResponse response = MQTTClient_publishMessage5(handle, words[1], &message, &token);

		check("publish", (int) response.reasonCode);
		MQTTResponse_free(response);
		MQTTProperties_free(&message.properties);
	} else {
		check("publish", MQTTClient_publishMessage(handle, words[1], &message, &token));
	}
	check("the end of a publish", MQTTClient_waitForCompletion(handle, token, TIMEOUT_MS));
	say("{\"event\": \"published\"}");
}

static void
do_disconnect(char **words)
{
	(void) words;
	if (version == MQTTVERSION_5)
		check("disconnect", MQTTClient_disconnect5(handle, TIMEOUT_MS, MQTTREASONCODE_SUCCESS, NULL));
	else
		check("disconnect", MQTTClient_disconnect(handle, TIMEOUT_MS));
	say("{\"event\": \"disconnected\"}");
}

static const struct {
	const char *word;
	unsigned    n_words;
	void (*run)(char **words);
} commands[] = {
	{"connect", 2, do_connect},
	{"subscribe", 3, do_subscribe},
	{"publish", 5, do_publish},
	{"disconnect", 1, do_disconnect},
};

static void
obey(char **words)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_strcmp0(words[0], commands[i].word) == 0 &&
		    g_strv_length(words) >= commands[i].n_words) {
			commands[i].run(words);
			return;
		}
	refuse("no such command", 0);
}

int
main(int argc, char **argv)
{
	char line[4096];

	if (argc != 4)
		refuse("HOST:PORT ID 4|5", argc);
	version = atoi(argv[3]);

	g_autofree char         *address = g_strconcat("tcp://", argv[1], NULL);
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;

	create.MQTTVersion = version;
	check("create", MQTTClient_createWithOptions(&handle, address, argv[2],
	                                             MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
	check("callbacks", MQTTClient_setCallbacks(handle, NULL, on_lost, on_message, NULL));
	while (fgets(line, sizeof(line), stdin) != NULL) {
		g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 0);

		obey(words);
	}
	MQTTClient_destroy(&handle);
	return EXIT_SUCCESS;
}
