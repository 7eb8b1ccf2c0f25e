/* SPDX-License-Identifier: ISC
 * milter/reload.h - reads the configuration again and puts it in force. */
#ifndef MILTER_RELOAD_H
#define MILTER_RELOAD_H

#include <pthread.h>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/err.h"
#include "journal/journal.h"
#include "policy/live.h"

/* What a reload works on; all outlive it. */
struct reload {
	const char	*file;
	struct live	*live;
	struct store	*store;
	struct journal	*journal;
	struct alarms	*alarms;
	struct clock	 clock;
	pthread_mutex_t	 lock;		/* one reload at a time */
};

/*
 * Builds everything new, and only then swaps. The journal's file is opened
 * anew. Keys that only a start can change are named in the log.
 * From any thread. 0 done; -1 what ran is kept; e has the first mistake, the log all of them.
 */
int	reload_now(struct reload *r, struct err *e);

#endif
