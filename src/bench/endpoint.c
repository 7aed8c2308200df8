/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.c - where brokers listen */
#include "bench/endpoint.h"

#include <netdb.h>
#include <string.h>

#define DEFAULT_PORT "1883"

/* Splits "host:port", "[host]:port" or "host". */
static bool
split(const char *text, char **host, char **port)
{
	const char *start = text[0] == '[' ? text + 1 : text;
	const char *end = text[0] == '[' ? strchr(start, ']') : strrchr(start, ':');

	if (text[0] == '[' && end == NULL)
		return false;
	if (end == NULL)
		end = start + strlen(start);
	*host = g_strndup(start, (gsize) (end - start));

	const char *rest = *end == ']' ? end + 1 : end;

	*port = g_strdup(*rest == ':' ? rest + 1 : DEFAULT_PORT);
	return *rest == ':' || *rest == '\0';
}

static bool
resolve(Endpoint *endpoint, const char *text, GError **error)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo      *found;
	g_autofree char      *host = NULL, *port = NULL;

	if (!split(text, &host, &port) || host[0] == '\0' || port[0] == '\0') {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		            "\"%s\" is not an address: host:port", text);
		return false;
	}

	int failure = getaddrinfo(host, port, &hints, &found);

	if (failure != 0) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "\"%s\": %s", text,
		            gai_strerror(failure));
		return false;
	}
	memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
	endpoint->size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool
endpoints_parse(Endpoints *endpoints, const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	endpoints_clear(endpoints);
	endpoints->list = g_new0(Endpoint, g_strv_length(parts));
	for (char **part = parts; *part != NULL; part++) {
		if (!resolve(&endpoints->list[endpoints->n++], g_strstrip(*part), error))
			return false;
	}
	return true;
}

void
endpoints_clear(Endpoints *endpoints)
{
	g_free(endpoints->list);
	*endpoints = (Endpoints){0};
}
