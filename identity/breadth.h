/* SPDX-License-Identifier: ISC
 * identity/breadth.h - does a domain's SPF record authorise so much that a pass
 * under it proves nothing?
 *
 * Run in greygate-spf only, as identity/spf.h is. */
#ifndef IDENTITY_BREADTH_H
#define IDENTITY_BREADTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "identity/dns.h"

enum breadth {
	BREADTH_FITS,
	BREADTH_TOO_BROAD,	/* also: no valid record at all */
	BREADTH_UNKNOWN		/* the DNS failed */
};

enum {
	BREADTH_IPV4_BITS = 20,	/* at most as many addresses as a /12 */
	BREADTH_IPV6_BITS = 98,	/* ... as a /30 */
	BREADTH_PROBES = 8	/* random public addresses of each family */
};

/* Fills a buffer with bytes that nobody can foretell. */
typedef void (*breadth_random_fn)(void *bytes, size_t len);

struct breadth_answer {
	enum breadth	 breadth;
	uint32_t	 ttl;	/* the least of the answers it rests on */
	struct err	 why;	/* "authorises all addresses by +all", ... */
};

/*
 * Adds up what the domain's record lets pass, for each family of clients: the
 * union of networks over includes, redirect, `a` and `mx`, each with its prefix
 * length. Terms that depend on who asks (exists, ptr, a macro of the client in
 * a domain) cannot be added up: where there are any, the whole record is also
 * evaluated for documentation addresses (RFC 5737, RFC 3849) and for
 * BREADTH_PROBES random public ones of each family, and none of them may pass.
 * A term that depends on the sender or the HELO name and not on the client's
 * address is too broad: who chooses those names chooses what it lets pass.
 */
void	breadth_check(const char *domain, const struct dns *dns,
	    breadth_random_fn random, struct breadth_answer *out);

#endif
