/* SPDX-License-Identifier: ISC
 * milter/report.h - tells the journal, the log and the tally of a decision. */
#ifndef MILTER_REPORT_H
#define MILTER_REPORT_H

#include "journal/journal.h"
#include "journal/tally.h"
#include "policy/attempt.h"
#include "policy/automatic.h"

/* What a session knows beside the attempt itself; texts may be NULL. */
struct report {
	const struct attempt	*attempt;
	const struct decision	*decision;
	const char		*name, *helo, *queue;
	bool			 verified;
	bool			 named;	/* the keys are told, which are
					 * pseudonyms: no addresses */
	int64_t			 time;		/* milliseconds */
	int64_t			 micros;
};

/* What was learned of one recipient of a mail of ours, or why it was not. */
struct report_learning {
	const struct client	*client;
	const char		*sender, *recipient, *queue;	/* queue or NULL */
	enum unlearned		 why;
	int64_t			 time;		/* milliseconds */
};

/* One line to the journal and, if to_log, one to base/log.h. */
void	report_write(struct journal *journal, bool to_log,
	    const struct report *r);

/* Counts it; tally NULL: nowhere. */
void	report_count(struct tally *tally, const struct report *r);

void	report_learning(struct journal *journal, bool to_log,
	    const struct report_learning *r);

#endif
