/* SPDX-License-Identifier: ISC
 * whitelist/regex.h - regular expressions that cannot run away: PCRE2, without
 * case, bytes and not characters, compiled to machine code where that is
 * allowed, and always within limits.
 *
 * Immutable once made; any thread. */
#ifndef WHITELIST_REGEX_H
#define WHITELIST_REGEX_H

#include <stddef.h>

#include "base/err.h"

struct regex;			/* opaque */

/* NULL: not a pattern (PCRE2's message and where it stopped), or out of memory;
 * e tells. Free with regex_free(). */
struct regex *regex_new(const char *pattern, size_t len, struct err *e);

/* Frees *r and sets it to NULL. A NULL *r is fine. */
void	regex_free(struct regex **r);

/* The working memory of matches, on the stack of whoever matches. Nothing is
 * set up before regex_begin(); nothing is to be freed. */
enum { REGEX_SCRATCH = 160 * 1024 };
struct regex_scratch {
	size_t	used;
	void	*context, *data;
	_Alignas(16) unsigned char bytes[REGEX_SCRATCH];
};
void	regex_begin(struct regex_scratch *s);

/* Allocates nothing. 1 matches; 0 does not; -1 ran into a limit. */
int	regex_match(const struct regex *r, const char *text,
	    struct regex_scratch *s);

#endif
