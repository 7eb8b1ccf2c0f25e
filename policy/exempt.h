/* SPDX-License-Identifier: ISC
 * policy/exempt.h - the steps of the decision that the administrator wrote: the
 * entries of the whitelist and the rules of greygate.conf. Any thread.
 *
 * Own entries about clients and senders come first: the mail they let in is
 * wanted. Then the rules, in their order. Then what only spares the wait:
 * entries about recipients, graces, and the shipped list. */
#ifndef POLICY_EXEMPT_H
#define POLICY_EXEMPT_H

#include "policy/attempt.h"
#include "policy/policy.h"

/*
 * Each may wait for the DNS as long as the attempt may. true: decided, *out says
 * how. false: the attempt goes on; out->rule is the rule whose delay holds from
 * here, or that only observes, and then would and would_verdict say what of.
 */
bool	exempt_by_own_entry(const struct policy_deps *deps,
	    const struct attempt *a, int64_t now, struct decision *out);
bool	exempt_by_rule(const struct policy_deps *deps,
	    const struct conf *conf, const struct attempt *a, int64_t now,
	    struct decision *out);
bool	exempt_by_late_entry(const struct policy_deps *deps,
	    const struct attempt *a, int64_t now, struct decision *out);

/* Whether a manual `client` entry has the attempt's client. */
bool	exempt_has_client(const struct policy_deps *deps,
	    const struct attempt *a, int64_t now);

#endif
