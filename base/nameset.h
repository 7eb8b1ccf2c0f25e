/* SPDX-License-Identifier: ISC
 * base/nameset.h - a set of domains and addresses that an administrator listed.
 *
 * Filled by one thread, then only read, from any thread. */
#ifndef BASE_NAMESET_H
#define BASE_NAMESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct nameset;			/* opaque; owns all it was given */

/* A new empty set, to be freed with nameset_free(). NULL: out of memory. */
struct nameset *nameset_new(void);

/* Frees *s and sets it to NULL. A NULL *s is fine. */
void	nameset_free(struct nameset **s);

/*
 * Adds one name: a domain ("example.com"), or an address ("bob@example.com").
 * Held without case and without the domain's last dot. 0 added, or there
 * already; -1 neither of both, or out of memory: e tells, s unchanged.
 */
int	nameset_add(struct nameset *s, const char *name, struct err *e);

/*
 * Adds every name of a file, one a line; "#" begins a comment. -1: it cannot
 * be read, or a line is wrong ("FILE:LINE: ..."); s may have got some of it.
 */
int	nameset_add_file(struct nameset *s, const char *path, struct err *e);

/* Whether exactly this domain or address was listed, in any case. NULL s is
 * an empty set. */
bool	nameset_has(const struct nameset *s, const char *name);

size_t	nameset_count(const struct nameset *s);

/* The i-th name, in order. */
const char *nameset_at(const struct nameset *s, size_t i);

#endif
