/* SPDX-License-Identifier: ISC
 * policy/crowd.h - keeps one noisy network or name from filling the state.
 *
 * An identity's new triplets are counted over the last windows. Beyond the
 * limit its further attempts are not stored as records but marked: a short
 * fingerprint in one of a bounded number of slots, so that an honest retry is
 * still a retry while a flood overwrites only its own slots (RFC 6647, 8.2).
 *
 * The counts are kept in memory, in a table of fixed size that may only count
 * too many (a count-min sketch: Cormode and Muthukrishnan, 2005), and begin
 * anew with the process. Locks inside; any thread. */
#ifndef POLICY_CROWD_H
#define POLICY_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"
#include "policy/grey.h"

struct crowd;			/* opaque */

struct crowd *crowd_new(void);	/* NULL: out of memory */
void	crowd_free(struct crowd **c);

/* How many new triplets the identity is held to have pending: those begun in
 * this window and the two before it, less those that passed. */
uint64_t crowd_pending(struct crowd *c, const char *identity,
	    const struct grey_conf *conf, int64_t now);

/* The same, and the table stays as it is: for a dry run. */
uint64_t crowd_look(struct crowd *c, const char *identity,
	    const struct grey_conf *conf, int64_t now);

/* Adds `change`: 1 for one begun, -1 for one passed. */
void	crowd_count(struct crowd *c, const char *identity, int change,
	    const struct grey_conf *conf, int64_t now);

/* The same of all identities together. */
uint64_t crowd_total(struct crowd *c, const struct grey_conf *conf,
	    int64_t now);

/* The KEY_MARK slot (0..slots-1) and fingerprint of an attempt. */
struct crowd_mark {
	uint64_t	slot, fingerprint;
};
struct crowd_mark crowd_mark_of(const char *identity, const char *sender,
	    const char *rcpt, uint64_t slots);

/* The record of a marked attempt from its slot as a step sees it; false: the
 * slot is empty, or another's. */
bool	crowd_mark_get(const struct store_item *item, uint64_t fingerprint,
	    struct record *rec);

/* Marks an attempt; another's mark in the slot is overwritten. */
void	crowd_mark_put(struct store_item *item, uint64_t fingerprint,
	    const struct record *rec);

/* Whether the store may hold marks: said of it once, true from then on. */
void	crowd_has_marked(struct crowd *c);
bool	crowd_may_have_marked(struct crowd *c);

#endif
