/* SPDX-License-Identifier: ISC
 * policy/greylist.h - one attempt against the state: is its client proven, is
 * it a retry, and what of it is to be remembered. Any thread. */
#ifndef POLICY_GREYLIST_H
#define POLICY_GREYLIST_H

#include "base/conf.h"
#include "db/store.h"
#include "policy/attempt.h"
#include "policy/grey.h"
#include "policy/policy.h"

/* The settings that the pure rule needs. */
struct grey_conf greylist_rule(const struct conf_greylist *conf);

/* At the start, before the first attempt: sees whether the store holds marks
 * that an earlier process made. 0 done; -1 the store failed, e tells. */
int	greylist_begin(const struct policy_deps *deps, struct err *e);

/*
 * Takes an attempt (by SMTP, with identities) through one atomic step over its
 * records; a look at the proofs comes first, since most mail of most days is
 * that of proven clients. Where only SPF could let it pass, SPF is asked, waited
 * for as long as the attempt may, and the step taken once more. Sets reason (proven, retried, same-mail, new, early, late), wait,
 * delayed and by of *out, and nothing else of it.
 * 0 done and stored; -1 the store failed, e tells, out is unchanged.
 */
int	greylist_attempt(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now, struct decision *out, struct err *e);

/* Whether the attempt's client is proven, for this sender. Changes nothing; a
 * store that fails knows nobody. */
bool	greylist_is_proven(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now);

/* Counts a pass for what the attempt's client proves: its address; its name
 * for this sender's domain; the bare name if it is that domain's own; the
 * sender's domain if SPF says so, now or when it answers.
 * 0 done and stored; -1 the store failed, e tells. */
int	greylist_prove(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now, struct err *e);

/* What came out later of an attempt: the client has this identity, too. */
struct greylist_late {
	const char	*identity;
	const char	*sender_key, *rcpt_key;	/* NULL: it has proved itself */
	int64_t		 at;			/* seconds: of the attempt */
};

/* Stores its triplet, or its pass, under that identity, as of then.
 * 0; -1 the store failed, e tells. */
int	greylist_note(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct greylist_late *l,
	    struct err *e);

#endif
