/* SPDX-License-Identifier: ISC
 * base/netset.h - a set of IPv4 and IPv6 networks.
 *
 * Filled by one thread, then only read, from any thread. */
#ifndef BASE_NETSET_H
#define BASE_NETSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"

struct netset;			/* opaque; owns all it was given */

/* A new empty set, to be freed with netset_free(). NULL: out of memory. */
struct netset *netset_new(void);

/* Frees *s and sets it to NULL. A NULL *s is fine. */
void	netset_free(struct netset **s);

/*
 * Adds "address" or "address/bits"; bits past the prefix length must be zero,
 * so that a mistyped network is not silently a wider one. An IPv6 network, even
 * "::/0", has no IPv4 address in it. The text is not kept. 0: added. -1: not a
 * network, or out of memory; e tells, s unchanged.
 */
int	netset_add(struct netset *s, const char *text, struct err *e);

/* Whether the address is in one of the networks. Cannot fail. */
bool	netset_has(const struct netset *s, const struct ip *addr);

/* Whether each network of b is inside one of a's. Networks of a that fill one
 * only together count as not: for the linter. */
bool	netset_covers(const struct netset *a, const struct netset *b);

#endif
