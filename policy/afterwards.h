/* SPDX-License-Identifier: ISC
 * policy/afterwards.h - what is learned of an attempt when it has been answered:
 * SPF is asked without anybody waiting, and what it proves is stored then. Any
 * thread. */
#ifndef POLICY_AFTERWARDS_H
#define POLICY_AFTERWARDS_H

#include "base/conf.h"
#include "policy/attempt.h"
#include "policy/policy.h"

/* Stores the triplet of a deferred attempt under its spf: identity, with the
 * attempt's own time, if SPF passes. Drops it if too much is asked already. */
void	afterwards_pending(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now);

/* Counts a pass for the attempt's spf: identity, if SPF passes. */
void	afterwards_proven(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now);

#endif
