/* SPDX-License-Identifier: ISC
 * journal/tally_step.h - one hour of counts is added to the store's. Any thread. */
#ifndef JOURNAL_TALLY_STEP_H
#define JOURNAL_TALLY_STEP_H

#include "journal/tally.h"

/* One atomic step: as a whole, or not at all. sized: records and bytes are the
 * store's of now. *created: how many records are new. 0; -1 the store failed, or
 * what it has of the hour is damaged: e. */
int	tally_step(struct store *s, const struct tally_hour *h, bool sized,
	    unsigned *created, struct err *e);

#endif
