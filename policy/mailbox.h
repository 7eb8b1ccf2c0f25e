/* SPDX-License-Identifier: ISC
 * policy/mailbox.h - the steps of the decision that ask whether the recipient
 * exists: refused if not, and nothing told to who guesses. Any thread.
 *
 * Each may wait for a directory, wait-limit at most. None does anything where
 * no source of recipients is configured, or while the filter stops. */
#ifndef POLICY_MAILBOX_H
#define POLICY_MAILBOX_H

#include "policy/attempt.h"
#include "policy/policy.h"

/* What a step of this folder stands on. */
struct mailbox {
	const struct policy_deps *deps;
	const struct conf	*conf;
};

/* A relay's recipient, by its `unknown` setting. true: refused, *out says how;
 * false: nothing speaks against it. */
bool	mailbox_of_relay(const struct mailbox *m, const struct conf_relay *relay,
	    const struct attempt *a, int64_t now, struct decision *out);

/* That of a trusted session: only a plain "no" is told, as a typo is. */
bool	mailbox_of_trusted(const struct mailbox *m, const struct attempt *a,
	    int64_t now, struct decision *out);

/* Whether a stranger has guessed too many recipients. true: deferred. */
bool	mailbox_is_banned(const struct mailbox *m, const struct attempt *a,
	    int64_t now, struct decision *out);

/* A stranger's recipient. true: refused. Counts it for the ban. */
bool	mailbox_of_stranger(const struct mailbox *m, const struct attempt *a,
	    int64_t now, struct decision *out);

#endif
