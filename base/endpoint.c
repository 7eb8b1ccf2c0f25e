/* SPDX-License-Identifier: ISC
 * base/endpoint.c - takes ADDRESS:PORT apart. */
#include "base/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

enum { ADDRESS_SIZE = 64 };

/* From 1 to 65535, or 0: none of these. */
static unsigned
port_of(const char *text)
{
	unsigned	n = 0;

	if (*text < '1' || *text > '9')
		return 0;
	for (; *text >= '0' && *text <= '9' && n <= 65535; text++)
		n = n * 10 + (unsigned)(*text - '0');
	return *text == '\0' && n <= 65535 ? n : 0;
}

/* Without its brackets; *six: whether there were any. NULL: no port follows. */
static const char *
split(const char *text, char address[ADDRESS_SIZE], bool *six)
{
	const char	*end;
	size_t		 len;

	*six = text[0] == '[';
	text += *six;
	end = strchr(text, *six ? ']' : ':');
	if (end == NULL || (*six && end[1] != ':'))
		return NULL;
	len = (size_t)(end - text);
	if (len >= ADDRESS_SIZE)
		return NULL;
	memcpy(address, text, len);
	address[len] = '\0';
	return end + 1 + *six;
}

static bool
fill4(struct endpoint *out, const char *address, unsigned port)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		return false;
	memcpy(&out->addr, &sin, sizeof(sin));
	out->len = sizeof(sin);
	return true;
}

static bool
fill6(struct endpoint *out, const char *address, unsigned port)
{
	struct sockaddr_in6	sin6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET6, address, &sin6.sin6_addr) != 1)
		return false;
	memcpy(&out->addr, &sin6, sizeof(sin6));
	out->len = sizeof(sin6);
	return true;
}

static bool
is_any(const struct endpoint *ep)
{
	const struct sockaddr_in	*sin;
	const struct sockaddr_in6	*sin6;

	if (ep->addr.ss_family == AF_INET) {
		sin = (const struct sockaddr_in *)&ep->addr;
		return sin->sin_addr.s_addr == htonl(INADDR_ANY);
	}
	sin6 = (const struct sockaddr_in6 *)&ep->addr;
	return IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr);
}

int
endpoint_parse(const char *text, struct endpoint *out, struct err *e)
{
	char		 address[ADDRESS_SIZE];
	struct endpoint	 ep = { .len = 0 };
	const char	*rest;
	unsigned	 port;
	bool		 six;

	if (text[0] != '\0') {
		rest = split(text, address, &six);
		if (rest == NULL)
			return err_set(e, "neither ADDRESS:PORT nor "
			    "[ADDRESS]:PORT: \"%s\"", text);
		port = port_of(rest);
		if (port == 0)
			return err_set(e, "the port is not from 1 to 65535 in "
			    "\"%s\"", text);
		if (!(six ? fill6 : fill4)(&ep, address, port))
			return err_set(e, "no IPv%c address in \"%s\"",
			    six ? '6' : '4', text);
		if (is_any(&ep))
			return err_set(e, "every address of this host: name "
			    "one in \"%s\"", text);
	}
	if (out != NULL)
		*out = ep;
	return 0;
}
