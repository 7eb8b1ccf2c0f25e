/* SPDX-License-Identifier: ISC
 * whitelist/live.h - live entries, and the counts of files' entries, as records
 * of the store. Any thread. */
#ifndef WHITELIST_LIVE_H
#define WHITELIST_LIVE_H

#include "db/store.h"
#include "whitelist/view.h"

enum {
	LIVE_WHO_MAX = 255, LIVE_NOTE_MAX = 200,	/* bytes */
	LIVE_COUNTS_KEPT = 400 * 24 * 60 * 60		/* seconds unseen */
};

/* Writes a live entry whole, counts included. 0; -1 the store failed. */
int	live_put(struct store *s, const struct listed *l, struct err *e);

/* 1 removed, 0 was not there, -1 failed. */
int	live_remove(struct store *s, const struct listed *l, struct err *e);

/* Calls add() with each live entry, which it takes over. *bad: how many records
 * could not be read. 0; -1 the store failed, or add() did. */
typedef int (*live_fn)(struct listed **entry, void *arg);
int	live_each(struct store *s, live_fn add, void *arg, size_t *bad,
	    struct err *e);

/* The counts of a file's entry: `created` is when it was first seen; *until, how
 * long the store has them. 1; 0: it has none, and the entry stays as it is; -1:
 * cannot tell. */
int	live_put_counts(struct store *s, const struct listed *l, int64_t now,
	    struct err *e);
int	live_get_counts(struct store *s, struct listed *l, int64_t *until,
	    struct err *e);

#endif
