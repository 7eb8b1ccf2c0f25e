/* SPDX-License-Identifier: ISC
 * control/network.h - a network, or an address as the smallest one.
 * Plain values; any thread. */
#ifndef CONTROL_NETWORK_H
#define CONTROL_NETWORK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/ip.h"

struct network {
	struct ip	base;
	unsigned	bits;		/* of the family's own form */
};

/* "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Bits past the prefix length
 * are dropped. 0 done; -1 not a network: e. */
int	network_parse(const char *text, struct network *out, struct err *e);

/* Whether it is a single address. */
bool	network_is_host(const struct network *n);

/* Whether they have an address in common. */
bool	network_meets(const struct network *a, const struct network *b);

#endif
