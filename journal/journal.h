/* SPDX-License-Identifier: ISC
 * journal/journal.h - the decision log: one JSON object a line.
 *
 * Lines are handed to a thread of the journal's own, which has them in the file
 * within 200 ms; writing one never waits for the disk, nor for syslog, which
 * gets the same facts from that thread. Locks inside. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/err.h"

struct journal;			/* opaque */

enum { JOURNAL_IDENTITIES = 3 };

/* The facts of one decision; texts are borrowed, NULL becomes null. The keys
 * of the line are these names, in this order; greygate(8) explains each. */
struct journal_line {
	int64_t		 time;		/* milliseconds since the epoch */
	const char	*id;		/* see journal_id() */
	const char	*verdict, *reason;
	const char	*client;	/* address, NULL for local submission */
	const char	*name;		/* as the MTA gave it */
	bool		 verified;	/* the MTA confirmed the name forward */
	const char	*helo;
	const char	*sender, *recipient;
	const char	*identities[JOURNAL_IDENTITIES];	/* those that
					 * apply, NULL-filled */
	const char	*by;		/* the identity that decided */
	const char	*would;		/* "defer new" when observed or held */
	const char	*rule;
	int64_t		 wait;		/* seconds; -1: null */
	int64_t		 delayed;	/* seconds; -1: null */
	const char	*queue;		/* the MTA's queue id if known */
	const char	*reply;
	int64_t		 micros;	/* how long the decision took */
};

/* What happened that was no decision: learning from outbound mail. */
struct journal_event {
	int64_t		 time;		/* milliseconds since the epoch */
	const char	*id;
	const char	*event;		/* "learned", "not-learned" */
	const char	*why;		/* not learned: greygate(8); or NULL */
	const char	*client;	/* address, NULL for local submission */
	const char	*sender, *recipient;
	const char	*queue;		/* or NULL */
};

/*
 * Opens (appends to, creates 0640) the file and starts the thread. path "" is
 * no journal: lines are dropped. alarms outlives the journal.
 * 0 done; -1 cannot be opened: e tells.
 */
int	journal_open(struct journal **out, const char *path,
	    struct alarms *alarms, struct err *e);

/* Writes what is waiting, ends the thread, frees and clears *j. */
void	journal_close(struct journal **j);

/*
 * Queues a line, and the same for base/log.h if `logged` is not NULL (one line,
 * as log_format() makes it; copied). Never fails for the caller: what cannot
 * be kept (the file cannot be written and 8 MiB wait) is counted, and
 * ALARM_JOURNAL says so.
 */
void	journal_write(struct journal *j, const struct journal_line *line,
	    const char *logged);
void	journal_write_event(struct journal *j, const struct journal_event *e,
	    const char *logged);

/* Waits until everything queued before the call is in the file, or 2 s. */
void	journal_flush(struct journal *j);

/* Opens the path anew (after logrotate moved the file), or another path.
 * 0 done; -1: cannot be opened, goes on with the old one; e tells. */
int	journal_reopen(struct journal *j, const char *path, struct err *e);

/* The same with the path that it has. */
int	journal_rotate(struct journal *j, struct err *e);

/* Between the two nobody else rewrites the journal's files; what was queued before
 * is in the file. For journal/rewrite.c. */
void	journal_begin_rewrite(struct journal *j);
void	journal_end_rewrite(struct journal *j);
struct journal_file;
struct journal_file *journal_own_file(struct journal *j);

struct journal_stats {
	uint64_t	lines, dropped;
};
void	journal_stats(struct journal *j, struct journal_stats *out);

/* A new id for a decision: 20 characters, sortable by time, unique in this
 * process and, by its random start, among others. */
enum { JOURNAL_ID_SIZE = 24 };
void	journal_id(struct journal *j, int64_t millis,
	    char out[JOURNAL_ID_SIZE]);

#endif
