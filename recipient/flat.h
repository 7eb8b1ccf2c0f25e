/* SPDX-License-Identifier: ISC
 * recipient/flat.h - a file of valid recipients, watched, and not believed
 * when it has lost too much.
 *
 * Locks inside; any thread may ask, one thread at a time tends or adopts. */
#ifndef RECIPIENT_FLAT_H
#define RECIPIENT_FLAT_H

#include <stdint.h>

#include "base/err.h"
#include "recipient/address.h"

struct flat;			/* opaque */

struct flat_conf {
	const char	*path;		/* the administrator's file */
	const char	*keep;		/* our copy of the last good list; NULL:
					 * none is kept (tests) */
	const char	*key_file;	/* for hashed lists; "": none */
	struct address_rule rule;
	unsigned	 max_loss;	/* percent, 0..100 */
};

/*
 * Reads the file (recipient/list_file.h), or, if it cannot be read or has lost
 * more than max_loss of what the kept copy has, the kept copy. The texts of
 * conf are copied.
 * 0 done: *out has a list (flat_stats() tells whether it is an old one).
 * -1: no list at all; e says why.
 */
int	flat_open(struct flat **out, const struct flat_conf *conf, int64_t now,
	    struct err *e);
struct flat *flat_ref(struct flat *f);
void	flat_unref(struct flat **f);	/* clears the pointer; the last frees */

/* Whether it was opened with these settings, so that a reload may keep it. */
bool	flat_is(const struct flat *f, const struct flat_conf *conf);

/* 1 listed (itself, its base, or "@domain"), 0 not. */
int	flat_has(struct flat *f, const struct address *a);

/* Whether any entry is of this domain, in lower case. A list of hashes may have
 * some: true. */
bool	flat_knows(struct flat *f, const char *domain);

/* Called with each address that a new list no longer has, neither by itself nor
 * by its "@domain"; with those that were lost before the start, too, at the
 * first turn. Not of hashed ones, nor of "@domain". It may ask the list. */
typedef void (*flat_lost_fn)(const char *address, void *arg);

/*
 * One look at the file, as is taken each second: a file that has changed, and
 * has then stayed the same from one look to the next, is read, and adopted
 * unless it lost too much. Bad lines are left out and told of.
 */
void	flat_tend(struct flat *f, int64_t now, flat_lost_fn lost, void *arg);

/* Adopts the file as it is, whatever it lost. 1 done; 0 it is in force already;
 * -1 it cannot be read, or has no address in it: e. */
int	flat_adopt(struct flat *f, int64_t now, flat_lost_fn lost, void *arg,
	    struct err *e);

struct flat_stats {
	size_t		addresses, bytes;
	bool		hashed;
	int64_t		adopted;	/* seconds: since when it is in force */
	unsigned long long asked, found;
	struct err	trouble;	/* "" if all is well; else a sentence:
					 * the file is missing, lost too much
					 * (with how to adopt it), has bad
					 * lines, others can read the key */
};
void	flat_stats(struct flat *f, struct flat_stats *out);

/* Calls each() for every address and "@domain" of the list, until it returns
 * false. -1: it is a hashed one. */
typedef bool (*flat_each_fn)(const char *address, void *arg);
int	flat_walk(struct flat *f, flat_each_fn each, void *arg, struct err *e);

#endif
