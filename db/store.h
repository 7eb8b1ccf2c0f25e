/* SPDX-License-Identifier: ISC
 * db/store.h - remembers small records, atomically, for a while.
 *
 * One ordered map from byte strings to byte strings, each record with the
 * second at which it may be dropped. All functions are safe from any thread.
 * "Answered is stored": when a step returns 0 its changes survive the death of
 * this process; after a power cut, what was committed before the last
 * store_flush() survives. */
#ifndef DB_STORE_H
#define DB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/err.h"

enum {
	STORE_KEY_MAX = 1024,
	STORE_VALUE_MAX = 512,
	STORE_STEP_MAX = 12		/* records in one step */
};

struct store;			/* opaque */

struct store_key {
	size_t	len;		/* 1..STORE_KEY_MAX */
	uint8_t	bytes[STORE_KEY_MAX];
};

enum store_act { STORE_LEAVE, STORE_PUT, STORE_DROP };

/* One record in the hands of a step or a walk. */
struct store_item {
	struct store_key key;		/* given by the caller */
	bool		 found;		/* a record was there */
	enum store_act	 act;		/* what the step's function wants */
	int64_t		 expires;	/* seconds since the epoch */
	size_t		 len;		/* 0..STORE_VALUE_MAX */
	uint8_t		 value[STORE_VALUE_MAX];
};

struct store_conf {
	const char	*path;		/* state folder; NULL: in memory */
	size_t		 cache_bytes;	/* 0: the default */
	struct alarms	*alarms;	/* may be NULL; outlives the store */
};

/*
 * Opens the state folder (which must exist), alone: its own lock file first,
 * then recovery of what an earlier process left.
 *
 * 0: *out is open. -1: missing, not writable, of a newer format, in use by
 * another process, damaged; e says what to do; nothing was changed.
 */
int	store_open(struct store **out, const struct store_conf *conf,
	    struct err *e);

/* Waits for running calls, writes everything to the disk, closes, frees and
 * clears *s. The caller has stopped its own threads. */
void	store_close(struct store **s);

/*
 * One atomic step over n records (keys distinct, in any order): reads them,
 * calls fn, writes what fn marked. Nobody else's step comes in between.
 *
 * Before fn, each item has found, and if found expires, len and value (else
 * expires and len are 0); act is STORE_LEAVE. fn sets act, and for STORE_PUT
 * expires, len and value. fn depends on items and arg only and may be called
 * again for the same step (a lost race repeats it): it must set anew all that
 * it gives out through arg.
 *
 * 0: done and stored. -1: nothing was stored; e tells. Never waits for more
 * than other steps, nor for the disk.
 */
typedef void (*store_fn)(struct store_item *items, size_t n, void *arg);
int	store_step(struct store *s, struct store_item *items, size_t n,
	    store_fn fn, void *arg, struct err *e);

/* Reads one record, given its key. 1 found, 0 not, -1 cannot tell. */
int	store_get(struct store *s, struct store_item *item, struct err *e);

/* 1 removed, 0 was not there, -1 failed. */
int	store_remove(struct store *s, const struct store_key *key,
	    struct err *e);

/*
 * Calls each() for every record whose key begins with the prefix, in the order
 * of keys, until it returns false. No lock is held meanwhile: each() may call
 * any function of the store, and what others change during the walk may or may
 * not be seen. 0 done, -1 failed half-way.
 */
typedef bool (*store_each_fn)(const struct store_item *item, void *arg);
int	store_walk(struct store *s, const void *prefix, size_t len,
	    store_each_fn each, void *arg, struct err *e);

/* Seconds: later than `after`, up to and with `upto`. */
struct store_span {
	int64_t	after, upto;
};

/*
 * Drops up to `limit` records whose expiry lies in the span, about in the order
 * of expiry, in small transactions; the cost is that of what goes, not of what
 * is stored. *dropped: how many. What has expired: { INT64_MIN, now }. (One
 * whose expiry was put off may be found at its earlier place, and is then left
 * for its turn.) 1 there may be more, 0 there is not, -1 failed.
 */
int	store_expire(struct store *s, struct store_span span, size_t limit,
	    size_t *dropped, struct err *e);

/* Everything committed so far reaches the disk. 0 or -1. */
int	store_flush(struct store *s, struct err *e);

/*
 * Housekeeping, called about once a second by one thread: flushes, makes a
 * checkpoint when enough has been logged, sees whether the state folder is
 * still there, reopens after a failure (not more often than each few seconds).
 * 0 all is well; -1 the store is not usable now, e tells why. Raises and clears
 * ALARM_STORE itself. now: seconds.
 */
int	store_tend(struct store *s, int64_t now, struct err *e);

/*
 * A consistent copy of everything, written to a new folder while mail flows,
 * ready to be used as a state folder. 0 done; -1 failed (the folder exists,
 * disk full ...), e tells; what was written of it is left for inspection.
 */
int	store_backup(struct store *s, const char *folder, struct err *e);

struct store_stats {
	const char	*engine;	/* "Berkeley DB 5.3.28", "memory" */
	uint64_t	 records;
	uint64_t	 bytes_on_disk;
	uint64_t	 steps, repeats, failures, reopened;
};
void	store_stats(struct store *s, struct store_stats *out);

#endif
