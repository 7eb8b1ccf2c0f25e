/* SPDX-License-Identifier: ISC
 * identity/breaker.h - which domains are waited for: not those that kept
 * somebody waiting in vain, and none where the DNS seems to be gone.
 *
 * A bounded table, the oldest out. Under its owner's lock. */
#ifndef IDENTITY_BREAKER_H
#define IDENTITY_BREAKER_H

#include <stdbool.h>

struct breaker;			/* opaque */

enum { BREAKER_DOMAINS = 4096 };

/* Opens for all when so many unrelated domains failed in a row. NULL: out of
 * memory. */
struct breaker *breaker_new(unsigned unrelated);
void	breaker_free(struct breaker **b);

/* Whether it is open for this domain, or for all; for all. */
bool	breaker_holds(const struct breaker *b, const char *domain);
bool	breaker_is_open(const struct breaker *b);

/* A waiter's time was over before there was an answer about the domain, which
 * belongs to the registrable domain `owner`. */
void	breaker_overdue(struct breaker *b, const char *domain,
	    const char *owner);

/* The DNS could not tell. */
void	breaker_failed(struct breaker *b, const char *owner);

/* It could: closes the domain's, and that of all. */
void	breaker_answered(struct breaker *b, const char *domain);

#endif
