/* SPDX-License-Identifier: ISC
 * journal/retention.h - leaves out of the journal what is older than it may be, once
 * an hour, on a thread of its own. */
#ifndef JOURNAL_RETENTION_H
#define JOURNAL_RETENTION_H

#include "base/alarm.h"
#include "base/clock.h"
#include "journal/rewrite.h"

/* One turn: lines that are older than `keep` seconds go, and files in which there
 * is nothing else, by their time, without being read. keep 0: none. A line whose
 * time cannot be read goes with the one before it. As journal_rewrite(). */
int	retention_turn(struct journal *j, int64_t keep, int64_t now,
	    struct rewritten *out, struct err *e);

struct retention;		/* opaque */

struct retention_conf {		/* all outlive it */
	struct journal	*journal;
	struct alarms	*alarms;	/* ALARM_JOURNAL where it fails */
	struct clock	 clock;
	int64_t		(*keep)(void *arg);	/* seconds by now; 0: all */
	void		*arg;
};

/* The first turn is at once. 0; -1: e. */
int	retention_start(struct retention **out, const struct retention_conf *c,
	    struct err *e);
void	retention_stop(struct retention **r);

#endif
