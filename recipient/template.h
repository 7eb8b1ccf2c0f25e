/* SPDX-License-Identifier: ISC
 * recipient/template.h - puts an address into a filter or a distinguished name.
 *
 * Pure functions; any thread. */
#ifndef RECIPIENT_TEMPLATE_H
#define RECIPIENT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Bytes from outside, any of them, NUL too. */
struct template_value {
	const char	*bytes;
	size_t		 len;
};

struct template_values {
	struct template_value	whole, local, domain;	/* %s, %u, %d */
};

/* Whether none of the three is in it. */
bool	template_is_fixed(const char *text);

/*
 * Puts the values where %s, %u and %d stand, and a percent sign for %%. Of the
 * values, all but letters, digits and "@-_." becomes \XX, which is that byte
 * and no more in a filter (RFC 4515, 3) as in a name (RFC 4514, 2.4).
 * 0 done: free() *out. -1 something else follows a percent sign, or out of
 * memory: e.
 */
int	template_expand(const char *text, const struct template_values *values,
	    char **out, struct err *e);

#endif
