/* SPDX-License-Identifier: ISC
 * base/patternset.h - a set of exact texts and of suffixes cut at a dot.
 *
 * Filled by one thread, then only read, from any thread. */
#ifndef BASE_PATTERNSET_H
#define BASE_PATTERNSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct patternset;		/* opaque; owns all it was given */

/* What its texts are. */
enum pattern_kind {
	PATTERN_HOSTS,		/* "mx.example.net", "*.example.net" (not itself) */
	PATTERN_ADDRESSES,	/* "bob@example.com", "@example.com",
				 * "@*.example.com", "abuse@", "<>" */
	PATTERN_IDENTITIES	/* "addr:192.0.2.1", "net:192.0.2.0/24",
				 * "name:example.net", "spf:*.example.org" */
};

/* A new empty set, to be freed with patternset_free(). NULL: out of memory. */
struct patternset *patternset_new(enum pattern_kind kind);

/* Frees *s and sets it to NULL. A NULL *s is fine. */
void	patternset_free(struct patternset **s);

/* Adds one, held without case. 0 added, or there already; -1 not one of the
 * kind, or out of memory: e tells, s unchanged. */
int	patternset_add(struct patternset *s, const char *text, struct err *e);

/* Whether the text matches one of them, in any case. NULL s is an empty set;
 * "" is the null sender for PATTERN_ADDRESSES. Allocates nothing. */
bool	patternset_has(const struct patternset *s, const char *text);

/* Whether each text that b matches is matched by a, as far as that can be told
 * from the texts; for the linter. */
bool	patternset_covers(const struct patternset *a,
	    const struct patternset *b);

size_t	patternset_count(const struct patternset *s);

/* The i-th as it was given, in lower case. */
const char *patternset_at(const struct patternset *s, size_t i);

#endif
