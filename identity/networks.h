/* SPDX-License-Identifier: ISC
 * identity/networks.h - how many addresses networks have together, and addresses
 * that nobody should be authorised for. One thread. */
#ifndef IDENTITY_NETWORKS_H
#define IDENTITY_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "identity/breadth.h"

enum { NETWORKS_MAX = 4096 };

struct networks {
	size_t	n;
	struct network {
		struct ip	first;
		unsigned	bits;	/* in its own family */
	} net[NETWORKS_MAX];
};

/* 0; -1: there is no room. */
int	networks_add(struct networks *s, const struct ip *addr, unsigned bits);

/* The addresses of their union, by family. Sorts them. */
void	networks_sum(struct networks *s, double *v4, double *v6);

/* The i-th address to probe with: of each documentation network (RFC 5737, RFC
 * 3849), then `count` public ones of each family. false: there are no more. */
bool	networks_probe(unsigned i, unsigned count, breadth_random_fn random,
	    struct ip *out);

#endif
