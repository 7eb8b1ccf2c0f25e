/* SPDX-License-Identifier: ISC
 * policy/keeper.h - the housekeeping thread: tends the store each second,
 * sweeps what has expired in small bites, keeps the state within max-records.
 * Locks inside; any thread. */
#ifndef POLICY_KEEPER_H
#define POLICY_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/clock.h"
#include "db/store.h"
#include "policy/live.h"

struct keeper;			/* opaque */

/* All outlive the keeper. 0 done; -1 no thread: e. */
int	keeper_start(struct keeper **out, struct store *store,
	    struct live *live, struct alarms *alarms, struct clock clock,
	    struct err *e);

/* What else is done each second, by others. */
struct keeper_hook {
	int		(*tend)(void *arg, int64_t now, struct err *e);
	/* How many records do not count towards max-records: nobody evicts
	 * them. */
	uint64_t	(*spared)(void *arg);
	void		*arg;		/* outlives the keeper */
};
void	keeper_attend(struct keeper *k, const struct keeper_hook *hook);

/* Ends the thread (within a second or so), frees and clears *k. */
void	keeper_stop(struct keeper **k);

/* Drops everything that has expired, now, in the caller's thread.
 * 0 done, *dropped: how many; -1 failed, e. */
int	keeper_sweep(struct keeper *k, size_t *dropped, struct err *e);

struct keeper_stats {
	int64_t		last_sweep;	/* seconds, 0: none yet */
	uint64_t	swept;		/* records dropped since the start */
	uint64_t	evicted;	/* records dropped for max-records */
	uint64_t	spared;		/* in: records that do not count for it */
};
/*
 * One turn, as the thread takes one each second: tends, sweeps and evicts a
 * bounded number of records and adds to *stats. For tests on a virtual clock.
 * 1 there is more to drop; 0 there is not; -1 the store is not usable, e.
 */
int	keeper_turn(struct store *store, struct live *live,
	    struct alarms *alarms, int64_t now, struct keeper_stats *stats,
	    struct err *e);

void	keeper_stats(struct keeper *k, struct keeper_stats *out);

#endif
