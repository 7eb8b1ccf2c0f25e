/* SPDX-License-Identifier: ISC
 * recipient/cache.h - what sources said of an address, kept in the store; and
 * so who was a user once. Locks inside; any thread. Times in seconds.
 *
 * Key: 'r', NUL, the address or its pseudonym (over 320 bytes: as db/key.h hashes
 * it).
 * Value: u8 answer; u64 checked, u64 last_yes, u64 gone (db/record.h). */
#ifndef RECIPIENT_CACHE_H
#define RECIPIENT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pseudonym.h"
#include "db/store.h"

struct cache;			/* opaque */

struct cache_rule {
	int64_t		fresh;		/* a yes needs no asking for so long */
	int64_t		stale;		/* and may stand in for so long */
	int64_t		negative;	/* a no needs no asking for so long */
	int64_t		former;		/* a yes is remembered for so long */
	uint64_t	size;		/* records, about: of users, former ones
					 * too, and a tenth as many of others.
					 * Beyond, new ones are not kept; what
					 * is there is still renewed */
};

/* NULL: out of memory. The store outlives it. */
struct cache *cache_new(struct store *store);

/* Addresses are kept under their pseudonyms from now on; p outlives it, NULL: they
 * are not. Before any thread uses it. */
void	cache_name(struct cache *c, const struct pseudonyms *p);
void	cache_free(struct cache **c);

/* Counts what the store holds; until then a cache is held to be empty. Now and
 * then (daily, say) it is called again, since what expires leaves the store
 * without a word. 0; -1 the store failed: e. */
int	cache_count(struct cache *c, struct err *e);

struct cached {
	bool	yes, no;		/* fresh enough to be the answer */
	bool	stale;			/* a yes that may stand in */
	bool	former;			/* was a user within rule.former */
	int64_t	checked;		/* a source last said so, 0: never */
};
/* 1 there is a record, 0 there is not (out is all false), -1 cannot tell: e. */
int	cache_get(struct cache *c, const struct cache_rule *rule,
	    const char *address, int64_t now, struct cached *out,
	    struct err *e);

/* A source said yes. 0 (kept, if there was room); -1 the store failed: e. */
int	cache_accept(struct cache *c, const struct cache_rule *rule,
	    const char *address, int64_t now, struct err *e);

/*
 * Every source said no. Of an address whose last word was a yes (within rule.stale
 * or rule.former) this is believed only once it has been so for rule.fresh: a
 * directory that is half-way through an import shall refuse nobody.
 * 1 it is believed, and kept for rule.negative; 0 not yet; -1 the store failed.
 */
int	cache_deny(struct cache *c, const struct cache_rule *rule,
	    const char *address, int64_t now, struct err *e);

/* It was listed and no longer is: a former user from now on, of whom no source
 * has said anything. 0, -1: e. */
int	cache_retire(struct cache *c, const struct cache_rule *rule,
	    const char *address, int64_t now, struct err *e);

/* 1 forgotten (former user and all), 0 was not there, -1 failed. */
int	cache_forget(struct cache *c, const char *address, struct err *e);

struct cache_stats {
	uint64_t	yes, no;	/* records, about: of users, former ones
					 * too; and of others */
	uint64_t	hits, misses;
	uint64_t	refused;	/* not kept, for size */
};
void	cache_stats(struct cache *c, struct cache_stats *out);

#endif
