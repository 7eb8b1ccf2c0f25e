/* SPDX-License-Identifier: ISC
 * db/stripes.h - who may change a record: a fixed number of locks, each for
 * the keys that hash to it.
 *
 * With the locks of all its keys in hand, a step may read without a
 * transaction, decide, and only then begin one, and only if it writes. They
 * are always taken in ascending order, so that nobody waits in a ring. Locks
 * inside; any thread. */
#ifndef DB_STRIPES_H
#define DB_STRIPES_H

#include "db/store.h"

enum { STRIPES_HELD_MAX = 64 };

struct stripes;			/* opaque */

/* The locks that a caller holds. */
struct stripes_held {
	size_t		n;
	uint16_t	at[STRIPES_HELD_MAX];
};

/* NULL: out of memory. */
struct stripes *stripes_new(void);
void	stripes_free(struct stripes **s);

/* Notes the lock of a key (at most STRIPES_HELD_MAX keys); takes none yet. */
void	stripes_want(struct stripes_held *held, const struct store_key *key);

/* Takes, gives back, all that were noted. */
void	stripes_lock(struct stripes *s, const struct stripes_held *held);
void	stripes_unlock(struct stripes *s, const struct stripes_held *held);

#endif
