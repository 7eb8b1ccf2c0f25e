/* SPDX-License-Identifier: ISC
 * journal/report.h - what the lines of a span say all in all: who was held up for
 * how long, what never came back, what passed at once and why.
 *
 * Lines are fed one after the other, in the order of time. Owned by one thread. */
#ifndef JOURNAL_REPORT_H
#define JOURNAL_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "journal/entry.h"

enum {
	REPORT_TOP = 100,		/* senders, rules, entries at most */
	REPORT_WAYS = 32,		/* the last: what had no room of its own */
	REPORT_SPREAD = 9
};

struct report_conf {
	int64_t		from, until;	/* seconds: the period */
	int64_t		now;		/* seconds: up to then lines were fed */
	int64_t		window;		/* seconds: for so long a retry may come */
	/* A sender, a recipient as one that comes again has them; to be freed. NULL:
	 * in lower case. */
	char		*(*fold_sender)(const char *sender);
	char		*(*fold_recipient)(const char *recipient);
};

struct report_build;		/* opaque: what is counted on the way */

/* "defer new", 17. */
struct report_count {
	char		*name;
	uint64_t	 n;
};

/* How long mail waited that came, from its first deferral on. Seconds; of none 0.
 * Median and 95th percentile by the nearest rank. */
struct report_delay {
	uint64_t	n;
	int64_t		median, p95, worst;
};

/* What let it in: of a retry the kind of its identity ("addr", "net", "name",
 * "spf"), else the reason of the pass ("proven"). */
struct report_way {
	char		*name;
	struct report_delay delay;
};

/* A sender whose mail waited and came. */
struct report_sender {
	char		*sender;
	uint64_t	 n;
	int64_t		 total, worst;	/* seconds */
};

/* An hour; of more than three days a day, of more than four hundred a week. */
struct report_slot {
	int64_t		 start;		/* seconds */
	uint64_t	 pass, defer, reject;
};

struct report_summary {
	int64_t		 from, until;	/* seconds */
	int64_t		 first;		/* the first line that was fed; 0 none */
	uint64_t	 pass, defer, reject;	/* attempts in the period */
	struct report_count *reasons;	/* "pass proven", by number */
	size_t		 n_reasons;
	/* Pairs of sender and recipient of which the period has a deferral by
	 * greylisting (new, early, late, held, or observed to be one). Each is
	 * one of: came, it passed later, in whatever way; may come, its latest
	 * clock began less than a window before `now`; never. */
	uint64_t	 waited, came, may_come, never;
	uint64_t	 observed;	/* did not come, but only `would` have waited */
	uint64_t	 banned;	/* clients deferred as harvesting */
	uint64_t	 unknown;	/* attempts refused as unknown-recipient */
	/* Passes that ended no wait, "proven", by number. */
	struct report_count *at_once;
	size_t		 n_at_once;
	uint64_t	 passed_at_once;
	struct report_delay all;
	struct report_way *ways;	/* by number; they add up to all */
	size_t		 n_ways;
	uint64_t	 spread[REPORT_SPREAD];	/* of all, see report_spread() */
	struct report_sender *senders;	/* by total */
	size_t		 n_senders;
	struct report_count *rules, *entries;	/* by use */
	size_t		 n_rules, n_entries;
	struct report_slot *slots;	/* in order, none left out */
	size_t		 n_slots;
	int64_t		 slot;		/* seconds of one */
};

/* NULL: out of memory. It takes some 180 bytes for each pair that waited, with
 * addresses of the usual length, whatever the number of lines; and each name of a
 * reason, rule, entry and banned client once. */
struct report_build *report_begin(const struct report_conf *c);

/* Takes one line. Those before the period are not looked at, those after it only
 * tell what came later. 0; -1 out of memory. */
int	report_take(struct report_build *b, const struct journal_entry *e);

/* Frees the build. 0: *out is to be freed with report_free(); -1 out of memory. */
int	report_end(struct report_build **b, struct report_summary *out);
void	report_free(struct report_summary *s);

/* Of those that are over, never came in a thousand; -1: none is over. */
int	report_blocked(const struct report_summary *s);

/* The delay of a way; of none, one of nothing. */
struct report_delay report_way(const struct report_summary *s,
	    const char *name);

/* The upper limit of a part of the spread in seconds; the last: INT64_MAX. */
int64_t	report_spread(unsigned part);

#endif
