/* SPDX-License-Identifier: ISC
 * policy/policy.h - decides what happens to a delivery attempt.
 *
 * A policy is the settings in force bound to the store: immutable after
 * creation, counted, used by any number of threads at once. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdint.h>

#include "base/alarm.h"
#include "base/conf.h"
#include "db/store.h"
#include "policy/attempt.h"
#include "policy/crowd.h"
#include "policy/outbound_watch.h"
#include "recipient/recipients.h"
#include "whitelist/whitelist.h"

struct policy;			/* opaque */
struct pseudonyms;		/* base/pseudonym.h */

/* What policies share, one after the other; outlives them all. */
struct policy_deps {
	struct store	*store;
	struct crowd	*crowd;
	struct alarms	*alarms;
	struct recipients *recipients;	/* NULL: no recipient is checked */
	struct whitelist *whitelist;	/* NULL: no entries */
	struct prover	*prover;	/* NULL: no SPF, no DNS lists */
	struct outbound_watch *watch;	/* NULL: nobody counts outbound mail */
	const struct pseudonyms *pseudonyms;	/* NULL: none, addresses are kept */
};

/*
 * Takes over *conf (and clears it). The reference that is returned belongs to
 * the caller. NULL: out of memory, *conf is still the caller's.
 */
struct policy *policy_new(struct conf **conf, const struct policy_deps *deps);

struct policy *policy_ref(struct policy *p);

/* Gives a reference back and clears the pointer; the last one frees. */
void	policy_unref(struct policy **p);

const struct conf *policy_conf(const struct policy *p);
const struct policy_deps *policy_deps(const struct policy *p);

/*
 * The order of decision for one recipient (greygate(8), "The decision"). Cannot
 * fail: trouble of our own becomes what on-error says, with one alarm.
 * now: seconds, read once by the caller.
 */
void	policy_decide(struct policy *p, const struct attempt *a, int64_t now,
	    struct decision *out);

/*
 * What policy_decide() would decide now, by the same code, told to a->trace (never
 * NULL): with no effect on the store, on what is counted in memory, on alarms. The
 * DNS and directories are asked in earnest, within the attempt's patience; the prover
 * learns from what the DNS says, as from every question. out->rule is the policy's.
 * 0; -1 out of memory: e.
 */
int	policy_explain(struct policy *p, const struct attempt *a, int64_t now,
	    struct decision *out, struct err *e);

/* The settings of greylisting for a decision: those of its rule, if it has its own
 * delay and window, written to *own. */
const struct conf_greylist *policy_greylist(const struct policy *p,
	    const struct decision *d, struct conf_greylist *own);

/*
 * A message with a recipient that passed as a retry has reached DATA: counts
 * one pass for what its client can prove. a: that attempt. Called once per
 * message; a failure raises the store's alarm and is otherwise of no effect.
 */
void	policy_prove(struct policy *p, const struct attempt *a, int64_t now);

/* Housekeeping of what policies share, each second: whitelist_tend(). 0; -1 the
 * store failed, e. */
int	policy_tend(const struct policy *p, int64_t now, struct err *e);

/* How many triplets are held to wait for their retry: see policy/crowd.h. */
uint64_t policy_pending(const struct policy *p, int64_t now);

/* How trouble of our own is answered: on-error, with this reason; but mail that
 * did not come by SMTP always passes. Of a only the client is looked at. */
void	policy_trouble(const struct policy *p, const struct attempt *a,
	    enum reason reason, struct decision *out);

#endif
