/* SPDX-License-Identifier: ISC
 * identity/client.c - address, network and name of a client as identities. */
#include "identity/client.h"

#include <stdio.h>

enum { CROWD_IPV6_PREFIX = 48 };	/* what one customer is commonly given */

void
identities_of(const struct ip *addr, const char *host, unsigned ipv4_prefix,
    unsigned ipv6_prefix, struct identities *out)
{
	char		text[IP_TEXT_SIZE], domain[NAME_SIZE];
	unsigned	prefix = ip_is_v4(addr) ? ipv4_prefix : ipv6_prefix;

	ip_format(addr, text);
	(void)snprintf(out->addr, sizeof(out->addr), "addr:%s", text);
	ip_format_network(addr, prefix, text);
	(void)snprintf(out->net, sizeof(out->net), "net:%s", text);
	if (!ip_is_v4(addr) && prefix > CROWD_IPV6_PREFIX)
		ip_format_network(addr, CROWD_IPV6_PREFIX, text);
	(void)snprintf(out->crowd, sizeof(out->crowd), "net:%s", text);

	out->name[0] = '\0';
	if (host != NULL && name_identity(host, addr, domain))
		(void)snprintf(out->name, sizeof(out->name), "name:%s",
		    domain);
}
