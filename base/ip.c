/* SPDX-License-Identifier: ISC
 * base/ip.c - parsing, masking and printing addresses. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

int
ip_parse(const char *text, struct ip *out, struct err *e)
{
	struct ip	a;

	memcpy(a.b, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, a.b + sizeof(mapped)) == 1) {
		*out = a;
		return 0;
	}
	if (strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	if (inet_pton(AF_INET6, text, a.b) != 1)
		return err_set(e, "not an address: %s", text);
	*out = a;
	return 0;
}

int
ip_from_sockaddr(const struct sockaddr *sa, struct ip *out)
{
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;

	if (sa == NULL)
		return -1;
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&v4, sa, sizeof(v4));
		memcpy(out->b, mapped, sizeof(mapped));
		memcpy(out->b + sizeof(mapped), &v4.sin_addr, 4);
		return 0;
	case AF_INET6:
		memcpy(&v6, sa, sizeof(v6));
		memcpy(out->b, &v6.sin6_addr, sizeof(out->b));
		return 0;
	default:
		return -1;
	}
}

bool
ip_is_v4(const struct ip *a)
{
	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

struct ip
ip_network(const struct ip *a, unsigned bits)
{
	struct ip	net = *a;

	if (ip_is_v4(a))
		bits += 96;
	for (unsigned i = 0; i < sizeof(net.b); i++) {
		if (bits >= 8 * (i + 1))
			continue;
		if (bits <= 8 * i)
			net.b[i] = 0;
		else
			net.b[i] &= (uint8_t)(0xff << (8 * (i + 1) - bits));
	}
	return net;
}

void
ip_format(const struct ip *a, char out[IP_TEXT_SIZE])
{
	if (ip_is_v4(a))
		(void)inet_ntop(AF_INET, a->b + sizeof(mapped), out,
		    IP_TEXT_SIZE);
	else
		(void)inet_ntop(AF_INET6, a->b, out, IP_TEXT_SIZE);
}

void
ip_format_network(const struct ip *a, unsigned bits, char out[IP_TEXT_SIZE])
{
	struct ip	net = ip_network(a, bits);
	size_t		len;

	ip_format(&net, out);
	len = strlen(out);
	(void)snprintf(out + len, IP_TEXT_SIZE - len, "/%u", bits);
}
