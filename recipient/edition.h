/* SPDX-License-Identifier: ISC
 * recipient/edition.h - one edition of a list file: what it held at one time.
 *
 * Immutable after edition_read() and counted; any thread may ask. */
#ifndef RECIPIENT_EDITION_H
#define RECIPIENT_EDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "recipient/address.h"

struct edition;			/* opaque */

/* 0 done, the reference belongs to the caller; -1: e. *passing: with -1,
 * whether it may go better next time. key_file: "" for none. */
struct edition_conf {
	const char	*path;		/* its name in sentences */
	const char	*key_file;
	const struct address_rule *rule;
};
int	edition_read(int fd, const struct edition_conf *conf,
	    struct edition **out, bool *passing, struct err *e);
struct edition *edition_ref(struct edition *ed);
void	edition_unref(struct edition **ed);	/* clears; the last frees */

/* Itself, its base, or "@domain". */
bool	edition_has(const struct edition *ed, const struct address *a);

/* Whether it has any entry of this domain, or hashes, of which nobody can tell. */
bool	edition_knows(const struct edition *ed, const char *domain);

size_t	edition_count(const struct edition *ed);
size_t	edition_hashed(const struct edition *ed);	/* of them */
size_t	edition_bytes(const struct edition *ed);	/* of memory */

/* The sentence about lines that were left out; "" if none were. */
const char *edition_bad_lines(const struct edition *ed);

/* Calls each() for every line of its text form, until it returns false: an
 * address, "@domain", or a hash, and of hashes also the one that shows the
 * key. */
typedef bool (*edition_each_fn)(const char *line, void *arg);
void	edition_walk(const struct edition *ed, edition_each_fn each, void *arg);

/*
 * How many of the old one's entries the next one lacks; an address that it has
 * as a hash, or by its "@domain", it does not lack. each (may be NULL) is
 * called for those that are addresses.
 */
typedef void (*edition_lost_fn)(const char *address, void *arg);
size_t	edition_lost(const struct edition *old, const struct edition *next,
	    const struct address_rule *rule, edition_lost_fn each, void *arg);

/* Whether both have the same entries. */
bool	edition_is(const struct edition *a, const struct edition *b);

#endif
