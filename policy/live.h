/* SPDX-License-Identifier: ISC
 * policy/live.h - which policy is in force: swapped as a whole by a reload,
 * while connections finish on the one they began with. Locks inside. */
#ifndef POLICY_LIVE_H
#define POLICY_LIVE_H

#include "policy/policy.h"

struct live;

/* Takes over *first. NULL: out of memory, *first is still the caller's. */
struct live *live_new(struct policy **first);

/* Frees *l, gives its policy back, clears the pointer. */
void	live_free(struct live **l);

/* A reference to the policy in force, to be given back with policy_unref(). */
struct policy *live_ref(struct live *l);

/* Puts *next in force, takes it over, gives the former one back. */
void	live_swap(struct live *l, struct policy **next);

#endif
