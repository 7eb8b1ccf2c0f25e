/* SPDX-License-Identifier: ISC
 * policy/reveal.h - recipients.reveal = proven: a client that has never passed
 * hears the same of users that exist and of others, until its retry. */
#ifndef POLICY_REVEAL_H
#define POLICY_REVEAL_H

#include "base/conf.h"
#include "policy/attempt.h"
#include "policy/policy.h"

/*
 * An attempt to reach somebody who does not exist. One record for each of the
 * client's groups (network, name), none for the recipient: its first such
 * attempt begins a clock as a triplet's would, and one in the window, to whom
 * ever, is due the truth, as are all further ones for the rest of the window.
 * 1 due; 0 not: reason (new, early, late) and wait of *out are set; -1 the
 * store failed: the truth then, for no record could ever tell a retry.
 */
int	reveal_is_due(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now, struct decision *out);

#endif
