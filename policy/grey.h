/* SPDX-License-Identifier: ISC
 * policy/grey.h - the greylisting rule itself: no clock, no store, no log. */
#ifndef POLICY_GREY_H
#define POLICY_GREY_H

#include <stdbool.h>
#include <stdint.h>

#include "db/record.h"

/* Seconds. The configuration guarantees 0 <= delay < window, remember > 0. */
struct grey_conf {
	int64_t	delay;		/* a retry counts from this age on */
	int64_t	window;		/* and up to, not including, this age */
	int64_t	remember;	/* what passed is kept so long after its last use */
};

enum grey_result {
	GREY_NEW,		/* not seen before: wait */
	GREY_EARLY,		/* a retry before the delay is over: wait on */
	GREY_LATE,		/* a retry after the window: a new clock */
	GREY_RETRIED,		/* the retry came in the window: pass */
	GREY_PASSED		/* it had passed before: pass */
};

struct grey_answer {
	enum grey_result result;
	int64_t		wait;		/* until a retry would pass; 0: passes */
	int64_t		delayed;	/* age at the pass; -1 if it did not wait */
};

/*
 * Takes one triplet through one delivery attempt (RFC 6647, section 5).
 *
 * rec    in: the stored record, not read unless found; out: what to store.
 * now    seconds since the epoch, read once by the caller.
 *
 * A pending record is kept for two windows, so that a late retry can be told
 * from a new attempt. Cannot fail; depends on its arguments only and changes
 * only *rec, since a store that lost a race calls it again.
 */
struct grey_answer grey_step(struct record *rec, bool found,
	    const struct grey_conf *conf, int64_t now);

/* Lets a triplet through from now on, whatever it waited. */
void	grey_pass(struct record *rec, const struct grey_conf *conf,
	    int64_t now);

/*
 * Counts one message that passed for an identity: *rec is its proof record,
 * not read unless found.
 */
void	grey_prove(struct record *rec, bool found,
	    const struct grey_conf *conf, int64_t now);

/* Whether a proof record, as stored, still holds. */
bool	grey_is_proven(const struct record *rec, unsigned prove_after,
	    int64_t now);

/*
 * A use of a record that has passed. Not each one is written down: a record is
 * renewed, and true returned, when over a 36th of `remember` (a day of the
 * default) has gone by since the last renewal; so it lives at least 35/36 of
 * `remember`, less a second, after its last use.
 */
bool	grey_renew(struct record *rec, const struct grey_conf *conf,
	    int64_t now);

#endif
