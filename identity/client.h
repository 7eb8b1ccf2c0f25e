/* SPDX-License-Identifier: ISC
 * identity/client.h - the identities that an SMTP client can prove.
 *
 * Plain values, no ownership. */
#ifndef IDENTITY_CLIENT_H
#define IDENTITY_CLIENT_H

#include <stdbool.h>

#include "base/ip.h"
#include "identity/name.h"

enum { IDENTITY_SIZE = NAME_SIZE + 8 };	/* "name:" and a domain */

struct identities {
	char	addr[IP_TEXT_SIZE + 8];	/* "addr:192.0.2.7" */
	char	net[IP_TEXT_SIZE + 8];	/* "net:192.0.2.0/24" */
	char	name[IDENTITY_SIZE];	/* "name:example.com", "" for none */
	char	crowd[IP_TEXT_SIZE + 8];/* whose pending records are counted
					 * together: the net, or for IPv6 the
					 * /48 around it (RFC 6647, 7) */
};

/*
 * What a client at addr is. host is its name if the MTA has confirmed it
 * forward (name to address and back), else NULL. Prefix lengths in bits.
 */
void	identities_of(const struct ip *addr, const char *host,
	    unsigned ipv4_prefix, unsigned ipv6_prefix,
	    struct identities *out);

#endif
