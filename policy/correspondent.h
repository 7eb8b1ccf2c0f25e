/* SPDX-License-Identifier: ISC
 * policy/correspondent.h - the step of the decision for those whom our users wrote
 * to: an answer, or the bounce of a letter, does not wait. Any thread.
 *
 * With proof = strict only where the client proves the sender's domain
 * (policy/proof.h) or has an identity that brought an answer before; lenient also
 * where the sender's domain publishes no SPF; where nobody looks at SPF, lenient is
 * strict. A name that brought answers is worth nothing where SPF denies the client or
 * cannot be told: its owner may have other customers. A sender of our own domains is never a
 * correspondent. */
#ifndef POLICY_CORRESPONDENT_H
#define POLICY_CORRESPONDENT_H

#include "policy/attempt.h"
#include "policy/policy.h"

/*
 * Waits for SPF as long as the attempt may, but only if the sender is a
 * correspondent of this recipient and neither the client's address nor what SPF
 * said already is known from earlier answers. true: *out passes with `correspondent`
 * (by: "alice@example.com by spf:example.net", who wrote first and what proves it;
 * "... unproven" for lenient) or `expected-bounce` (by: the identity whose domain
 * was written to). A store that fails raises its alarm and knows nobody.
 * out->correspondent says in any case whether the sender is a correspondent of this
 * recipient.
 */
bool	correspondent_passes(const struct policy_deps *deps,
	    const struct conf *conf, const struct attempt *a, int64_t now,
	    struct decision *out);

/*
 * A message to this recipient, whose sender is or may be a correspondent, is at its
 * end and was let in: what was learned is renewed. The client's identities (address,
 * confirmed name, the sender's domain by SPF) are kept with it if they count for
 * later answers: where the sender's domain was proven; or where it publishes no
 * SPF, or nobody looks at it, and the recipient passed as a retry or beside one, or
 * its client is proven. The name only if it is of the sender's own domain, or waited
 * itself. Else only the one that was known is renewed. Never waits.
 * reason: what the recipient passed as. Trusted sessions and relays are not
 * told of here.
 */
void	correspondent_answered(const struct policy_deps *deps,
	    const struct conf *conf, const struct attempt *a,
	    enum reason reason, int64_t now);

#endif
