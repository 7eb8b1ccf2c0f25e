/* SPDX-License-Identifier: ISC
 * control/tally_sum.h - the daemon's counts by the hour, added up over a period.
 * Owned by one thread. */
#ifndef CONTROL_TALLY_SUM_H
#define CONTROL_TALLY_SUM_H

#include <stdbool.h>

#include "control/ctl.h"
#include "control/report_page.h"
#include "journal/tally.h"

struct tally_sum {
	struct {
		char	 word[48];	/* "defer new" */
		uint64_t n;
	} words[TALLY_WORDS + 8];
	size_t		 n_words;
	uint64_t	 verdicts[3];	/* pass, defer, reject */
	/* By how long they took, of one kind; the limits are rising. */
	struct tally_waits {
		int64_t	 limit[TALLY_DELAYS];	/* INT64_MAX: the last */
		uint64_t n[TALLY_DELAYS], all;
		size_t	 used;
	} waits[TALLY_KINDS];
	struct report_growth *growth;	/* of each hour that had mail */
	size_t		 n_growth, room;
};

/* Asks for the hours that begin in since..until-1 (seconds). 0; -1: e, nothing is
 * held. */
int	tally_sum_ask(struct tally_sum *s, const struct ctl *ctl, int64_t since,
	    int64_t until, struct err *e);
void	tally_sum_free(struct tally_sum *s);

/* Whether it has decisions of a whole hour that ended by `first` (0: of any). */
bool	tally_sum_is_older(const struct tally_sum *s, int64_t first);

/* Puts its counts in the place of those of a journal that does not reach back far
 * enough: verdicts, reasons, unknown recipients, slots. 0; -1: e. */
int	tally_sum_fill(const struct tally_sum *s, struct report_summary *into,
	    struct err *e);

/* What so many of a hundred did not exceed: the limit of a bucket, INT64_MAX beyond
 * the last; 0 of none. kind -1: of all. */
int64_t	tally_sum_percentile(const struct tally_sum *s, int kind,
	    unsigned percent, uint64_t *n);

#endif
