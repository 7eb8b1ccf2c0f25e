/* SPDX-License-Identifier: ISC
 * recipient/doubt.h - whether a directory's "no" can be believed: not before
 * it has found anybody (a wrong base finds nobody), and not while it denies too
 * many of those that it knew (a half-finished import). Locks inside; any
 * thread. */
#ifndef RECIPIENT_DOUBT_H
#define RECIPIENT_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/store.h"

struct doubt;			/* opaque */

/* NULL: out of memory. The store outlives it. */
struct doubt *doubt_new(struct store *store);
void	doubt_free(struct doubt **d);

/* What it knows, over another store, for a dry run. NULL: out of memory. */
struct doubt *doubt_copy(struct doubt *of, struct store *store);

/*
 * Source `name`, whose answers depend on `told` (struct source), found
 * somebody: remembered in the store from the first time on (key 'y', name,
 * told; value u64 when it was settled, 0: never; kept for a year after the last
 * time, written at most once a day). known: the address, if the cache had it as
 * a user's; else NULL.
 */
void	doubt_yes(struct doubt *d, const char *name, const char *told,
	    const char *known, int64_t now);

/*
 * It denied somebody. known: the address, if the cache had it as a user's
 * within `stale` (one that was retired is none of these); else NULL.
 *
 * Returns whether a "no" of it can be believed: it has found somebody once, and
 * of the known addresses of the last hour (this half and the one before) that
 * it was asked about again, each counted once, not more than max_loss percent,
 * or fewer than 5, were denied. e: why not.
 */
bool	doubt_no(struct doubt *d, const char *name, const char *told,
	    const char *known, unsigned max_loss, int64_t now, struct err *e);

/* The administrator says that it is right: counts begin anew a day later, when
 * nobody takes those who left for users any more. 0; -1: e. */
int	doubt_settle(struct doubt *d, const char *name, const char *told,
	    int64_t now, struct err *e);

/* Whether the last "no" of it was not believed, and nothing has shown since
 * then that it would be; e: the sentence. */
bool	doubt_of(struct doubt *d, const char *name, struct err *e);

#endif
