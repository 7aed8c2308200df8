/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - "host:port" and what the kernel makes of it */
#include "net/address.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

/* Splits at the last colon; brackets around an IPv6 address are taken off. */
static bool
split(const char *text, char **host, char **port)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || colon == text || colon[1] == '\0')
		return false;

	const char *start = text, *end = colon;

	if (*start == '[') {
		if (end[-1] != ']')
			return false;
		start++;
		end--;
	} else if (memchr(text, ':', (size_t) (colon - text)) != NULL) {
		return false; /* an IPv6 address without brackets cannot be told from its port */
	}
	*host = g_strndup(start, (gsize) (end - start));
	*port = g_strdup(colon + 1);
	return true;
}

static bool
look_up(const char *text, int flags, Address *address, GError **error)
{
	g_autofree char *host = NULL, *port = NULL;

	/* The resolver takes any number for a port, and keeps the last 16 bits of it. */
	if (!split(text, &host, &port) ||
	    !g_ascii_string_to_unsigned(port, 10, 0, UINT16_MAX, NULL, NULL)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		            "\"%s\" is not an address: write host:port or [ipv6]:port", text);
		return false;
	}

	struct addrinfo  hints = {.ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int              status = getaddrinfo(host, port, &hints, &found);

	if (status != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\": %s", text,
		            gai_strerror(status));
		return false;
	}
	memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
	address->size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool
address_parse(const char *text, Address *address, GError **error)
{
	return look_up(text, AI_NUMERICHOST, address, error);
}

bool
address_resolve(const char *text, Address *address, GError **error)
{
	return look_up(text, AI_PASSIVE, address, error);
}

TallyKey
address_key(const char *text)
{
	g_autofree char *host = NULL, *port = NULL;
	TallyKey         key = {{0}};
	struct in6_addr  ip;

	if (!split(text, &host, &port))
		return key;
	if (inet_pton(AF_INET6, host, &ip) == 1) {
		memcpy(key.bytes, &ip, IN6_IS_ADDR_V4MAPPED(&ip) ? 16 : 8);
	} else if (inet_pton(AF_INET, host, key.bytes + 12) == 1) {
		key.bytes[10] = key.bytes[11] = 0xFF; /* ::ffff:192.0.2.1 */
	}
	return key;
}

void
address_format(const Address *address, char text[ADDRESS_TEXT_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->storage.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) &address->storage;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		g_snprintf(text, ADDRESS_TEXT_BYTES, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *) &address->storage;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		g_snprintf(text, ADDRESS_TEXT_BYTES, "%s:%u", host, ntohs(in->sin_port));
	}
}
