/* SPDX-License-Identifier: ISC
 * control/network.c - networks as a person writes them. */
#include "control/network.h"

#include <stdlib.h>
#include <string.h>

static unsigned
width(const struct ip *a)
{
	return ip_is_v4(a) ? 32 : 128;
}

/* Digits only: strtoul() would take " +7". */
static int
parse_bits(const char *text, unsigned max, unsigned *out)
{
	unsigned long	n;

	if (strspn(text, "0123456789") != strlen(text) || *text == '\0' ||
	    strlen(text) > 3)
		return -1;
	n = strtoul(text, NULL, 10);
	if (n > max)
		return -1;
	*out = (unsigned)n;
	return 0;
}

int
network_parse(const char *text, struct network *out, struct err *e)
{
	const char	*slash = strchr(text, '/');
	size_t		 len = slash ? (size_t)(slash - text) : strlen(text);
	char		 addr[IP_TEXT_SIZE + 8];
	struct ip	 ip;
	unsigned	 bits;

	if (len >= sizeof(addr))
		return err_set(e, "not an address or network: %s", text);
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (ip_parse(addr, &ip, NULL) == -1)
		return err_set(e, "not an address or network: %s", text);
	bits = width(&ip);
	if (slash != NULL && parse_bits(slash + 1, bits, &bits) == -1)
		return err_set(e, "the prefix length must be 0 to %u: %s",
		    width(&ip), text);
	out->base = ip_network(&ip, bits);
	out->bits = bits;
	return 0;
}

bool
network_is_host(const struct network *n)
{
	return n->bits == width(&n->base);
}

bool
network_meets(const struct network *a, const struct network *b)
{
	unsigned	bits = a->bits < b->bits ? a->bits : b->bits;
	struct ip	x, y;

	if (ip_is_v4(&a->base) != ip_is_v4(&b->base))
		return false;
	x = ip_network(&a->base, bits);
	y = ip_network(&b->base, bits);
	return memcmp(&x, &y, sizeof(x)) == 0;
}
