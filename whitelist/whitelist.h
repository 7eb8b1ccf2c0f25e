/* SPDX-License-Identifier: ISC
 * whitelist/whitelist.h - who need not wait, by hand: the entries of files and
 * the live ones of the store, in one view.
 *
 * whitelist_enter() takes no lock: two atomic additions. Whoever changes
 * something builds a new view, swaps it in, and frees the old one when nobody
 * is in it any more. Any thread. */
#ifndef WHITELIST_WHITELIST_H
#define WHITELIST_WHITELIST_H

#include <stdint.h>

#include "base/clock.h"
#include "base/conf.h"
#include "db/store.h"
#include "whitelist/view.h"

struct whitelist;		/* opaque */

enum { WHITELIST_LIVE_MAX = 200000, WHITELIST_NOTE_MAX = 200 };

/* Empty, until the first whitelist_use(). The store outlives it. NULL: out of
 * memory. */
struct whitelist *whitelist_new(struct store *store);
void	whitelist_free(struct whitelist **w);

/*
 * A reload in two steps. Reads the files (conf->whitelist, conf->large_senders).
 * A default path that is missing is none. 0; -1: cannot be read, or a line is
 * no entry: e has the first as "FILE:LINE: ..." and each() gets all of them.
 */
struct whitelist_files;
int	whitelist_read(struct conf *conf, conf_report_fn each, void *arg,
	    struct whitelist_files **out, struct err *e);
void	whitelist_drop(struct whitelist_files **f);

/* Puts them in force beside the live ones, which are read from the store; takes
 * over *f. Entries that were there before keep their counts. 0; -1 (memory, the
 * store): e, what was in force stays, *f is still the caller's. */
int	whitelist_use(struct whitelist *w, struct whitelist_files **f,
	    int64_t now, struct err *e);

/* How many live entries the store has that are none and were left out. */
size_t	whitelist_unreadable(struct whitelist *w);

/* The entries of files that were read, for the linter. */
size_t	whitelist_files_count(const struct whitelist_files *f);
const struct listed *whitelist_files_at(const struct whitelist_files *f,
	    size_t i);

/* The view in force, until whitelist_leave() with the same guard, from the same
 * thread or another. Never NULL. */
struct whitelist_guard {
	const struct view *view;
	unsigned	   slot;
};
const struct view *whitelist_enter(struct whitelist *w,
	    struct whitelist_guard *g);
void	whitelist_leave(struct whitelist *w, struct whitelist_guard *g);

/* What comes with a new live entry. */
struct whitelist_add {
	const char	*text;		/* the entry */
	const char	*note;		/* "" none; WHITELIST_NOTE_MAX at most, no
					 * control characters */
	const char	*who;		/* "root"; 255 bytes at most */
	int64_t		 expires;	/* INT64_MAX: never */
};

/*
 * Adds a live entry: on the disk before it returns, in force when it returns.
 * One with the same text is replaced, its counts kept: *replaced. Refused: what
 * is no entry, and what lint_refusal() (whitelist/lint.h) refuses.
 * 0; -1: e tells, nothing changed; what a failing store kept of it all the same,
 * whitelist_tend() takes back. Runs side by side with itself.
 */
int	whitelist_add(struct whitelist *w, const struct whitelist_add *a,
	    int64_t now, bool *replaced, struct err *e);

/* Adds n with one rebuild and one flush, all of them or none, as one after the
 * other would be: of those with the same text the last one stays. *replaced: how
 * many were new versions. The same answers; of several, e names the one that is
 * refused. */
int	whitelist_add_all(struct whitelist *w, const struct whitelist_add *a,
	    size_t n, int64_t now, size_t *replaced, struct err *e);

/* Removes a live entry by its text (or what has the same meaning). 1 removed, 0
 * there is none (e tells if a file has it, and where), -1 failed. */
int	whitelist_remove(struct whitelist *w, const char *text, struct err *e);

/* Housekeeping, from a thread that tends to things each second: drops live
 * entries that have expired; writes counts to the store when a minute has gone
 * by since the last time, or if `all`, of some at a time unless `all`. 0; -1 the
 * store failed, e. */
int	whitelist_tend(struct whitelist *w, int64_t now, bool all,
	    struct err *e);

#endif
