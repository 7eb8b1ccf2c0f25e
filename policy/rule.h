/* SPDX-License-Identifier: ISC
 * policy/rule.h - which rule of the configuration is for an attempt.
 *
 * Rules are looked at in the order of the file; the first whose conditions all
 * hold decides. Cheap conditions come before those that have to ask the DNS,
 * and no more is asked than is needed to tell. Any thread. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "base/conf.h"
#include "policy/attempt.h"

/* What only the DNS can tell, asked at most once an attempt each, all of them
 * together within wait-limit. A question that is not answered in time counts as
 * "no": the client is not listed, the identity not proven. */
struct rule_asks {
	/* Whether the client has this identity, "spf:example.org": a name that
	 * is not the sender's own domain never needs asking. */
	bool	(*has_spf)(void *arg);		/* of the sender's domain */
	/* Whether the client is in the DNS list; its answers in list's ranges. */
	bool	(*is_listed)(void *arg, const struct conf_dns_list *list);
	void	*arg;
};

/*
 * The first rule that is for the attempt, beginning with rules[from]; the count
 * of rules if there is none. now: seconds, for `time` (in the host's zone).
 */
size_t	rule_find(const struct conf *conf, size_t from,
	    const struct attempt *a, const struct rule_asks *asks, int64_t now);

#endif
