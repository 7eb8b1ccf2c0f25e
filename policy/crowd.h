/* SPDX-License-Identifier: ISC
 * policy/crowd.h - keeps one noisy network or name from filling the state.
 *
 * An identity's new triplets are counted over the last windows. Beyond the
 * limit its further attempts are not stored as records but marked: a short
 * fingerprint in one of a bounded number of slots, so that an honest retry is
 * still a retry while a flood overwrites only its own slots (RFC 6647, 8.2).
 * Pure functions on stored bytes; any thread. */
#ifndef POLICY_CROWD_H
#define POLICY_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/store.h"
#include "policy/grey.h"

/* How many new triplets the identity is held to have pending: those begun in
 * this window and the two before it, less those that passed. item: its KEY_CROWD
 * record as a step sees it. */
uint64_t crowd_pending(const struct store_item *item,
	    const struct grey_conf *conf, int64_t now);

/* Adds `change` (1: one begun, -1: one passed) and marks item to be stored. */
void	crowd_count(struct store_item *item, int change,
	    const struct grey_conf *conf, int64_t now);

/* The KEY_MARK slot (0..slots-1) and fingerprint of an attempt. */
struct crowd_mark {
	uint64_t	slot, fingerprint;
};
struct crowd_mark crowd_mark_of(const char *identity, const char *sender,
	    const char *rcpt, uint64_t slots);

/* Takes one marked attempt through the rule: like grey_step(), on a slot's
 * record; another attempt's mark in the slot is overwritten. */
struct grey_answer crowd_mark_step(struct store_item *item,
	    uint64_t fingerprint, const struct grey_conf *conf, int64_t now);

#endif
