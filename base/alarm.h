/* SPDX-License-Identifier: ISC
 * base/alarm.h - what needs a person: a closed list, each raised once until it
 * is over, repeated in the log at most once in ten minutes.
 *
 * greygate(8) documents each with its cure. Locks inside; any thread. */
#ifndef BASE_ALARM_H
#define BASE_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum alarm_kind {
	ALARM_STORE,		/* the state cannot be read or written */
	ALARM_STORE_FULL,	/* passed records go, to stay within max-records */
	ALARM_JOURNAL,		/* the journal cannot be written */
	ALARM_RELOAD,		/* the configuration file has a mistake */
	ALARM_RECIPIENT_LIST,	/* a list of recipients is not what it was */
	ALARM_DIRECTORY,	/* a directory cannot be asked or believed */
	ALARM_DESCRIPTORS,	/* few file descriptors are left */
	ALARM_WHITELIST,	/* a regex ran into its limit; live entries could
				 * not be read */
	ALARM_HELPER,		/* greygate-spf cannot be started or dies again
				 * and again */
	ALARM_RESOLVER,		/* the DNS does not answer */
	ALARM_OUTBOUND,		/* a user writes to very many, or a local address
				 * brings strangers' mail */
	ALARM_METRICS,		/* the port for metrics cannot be opened */
	ALARM_KINDS
};

struct alarms;			/* opaque */

/* NULL: out of memory. */
struct alarms *alarms_new(void);
void	alarms_free(struct alarms **a);

/* Says that `kind` needs somebody; logs unless it was logged in the last ten
 * minutes. now: seconds since the epoch. a may be NULL: only logs. */
void	alarm_raise(struct alarms *a, enum alarm_kind kind, int64_t now,
	    const char *sentence);

/* It is over: logs that once, if it had been raised. Cheap when it had not. */
void	alarm_clear(struct alarms *a, enum alarm_kind kind);

/* The name in logs, status and metrics: "store", "journal", ... */
const char *alarm_name(enum alarm_kind kind);

struct alarm_state {
	bool		raised;
	int64_t		since;		/* first raised, seconds */
	uint64_t	count;		/* times raised since then */
	struct err	sentence;	/* the latest */
};

/* The state of one kind, as a copy. */
struct alarm_state alarm_get(struct alarms *a, enum alarm_kind kind);

#endif
