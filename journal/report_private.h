/* SPDX-License-Identifier: ISC
 * journal/report_private.h - what a report has on its way; for journal/report*.c. */
#ifndef JOURNAL_REPORT_PRIVATE_H
#define JOURNAL_REPORT_PRIVATE_H

#include <stdbool.h>

#include "journal/report.h"

struct tally_name {
	char		*name;
	uint64_t	 n;
};

/* Milliseconds. */
struct pair {
	char		*sender, *recipient;	/* folded */
	int64_t		 first;		/* deferral in the period */
	int64_t		 clock;		/* the latest that began a clock */
	int64_t		 came;		/* 0: not */
	int		 way;		/* of report_build.ways */
	bool		 deferred;	/* really, not only observed */
};

struct report_build {
	struct report_conf conf;
	struct report_summary out;	/* as far as it is known */
	void		*pairs;		/* trees of struct pair ... */
	size_t		 n_pairs;
	void		*reasons, *at_once, *rules, *entries, *banned;
					/* ... and of struct tally_name */
	char		*ways[REPORT_WAYS];
	int		 n_ways;
};

/* One more of this name. 0; -1 out of memory. */
int	report_count_name(void **tree, const char *name, size_t len);

#endif
