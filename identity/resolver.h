/* SPDX-License-Identifier: ISC
 * identity/resolver.h - the DNS as greygate-spf sees it: libunbound with a
 * cache of its own, asking the resolvers that it is told.
 *
 * One for the process, for as long as it lives: there is no end to it. Locks
 * inside; any thread. Each question has a struct inquest of its own. */
#ifndef IDENTITY_RESOLVER_H
#define IDENTITY_RESOLVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "identity/dns.h"

enum {
	RESOLVER_LOOKUP_MS = 5000,	/* one look-up is waited for */
	RESOLVER_UNDER_WAY = 1000,	/* look-ups, the abandoned included; more
					 * of them fail at once */
	RESOLVER_CACHE_MIB = 16		/* of messages, and of records */
};

struct resolver;		/* opaque */

/*
 * Reads what it needs (/etc/resolv.conf where no server is given), starts its
 * threads and makes a look-up that asks nobody, so that nothing is opened and
 * no thread is started later. Servers are "ADDR" or "ADDR@PORT".
 * 0; -1: e, and the process should end.
 */
int	resolver_new(struct resolver **out, char *const servers[], size_t n,
	    struct err *e);

/* The look-ups of one question, which all fail once its time is over. */
struct inquest {
	struct resolver	*resolver;
	int64_t		 until;	/* clock_monotonic_micros() */
};

/* The DNS for them; *q outlives it. */
struct dns resolver_dns(struct inquest *q);

#endif
