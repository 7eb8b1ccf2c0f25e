/* SPDX-License-Identifier: ISC
 * policy/proof.h - does a client prove that it may send for the sender's domain?
 * By SPF; or by its confirmed name, if that is of the same registrable domain, does
 * not look generated, and SPF does not say otherwise. Any thread. */
#ifndef POLICY_PROOF_H
#define POLICY_PROOF_H

#include "policy/attempt.h"

struct proof {
	bool		proven;
	char		by[IDENTITY_SIZE];	/* "name:ebay.com", "spf:ebay.com" */
	struct err	why;		/* not proven: why not, for people: "SPF of
					 * ebay.com says softfail for 192.0.2.1" */
};

/*
 * sender: the reverse-path; "" proves nothing here. memo: what was asked before
 * for this sender and client, and is set if SPF is asked; never NULL. prover
 * NULL: by name alone. Waits wait_ms at most.
 */
void	proof_of_sender(struct prover *prover, const struct client *client,
	    const char *sender, int wait_ms, struct spf_memo *memo,
	    struct proof *out);

/* Whether the client's confirmed name is of the sender's own domain. */
bool	proof_is_aligned(const struct client *client, const char *sender);

/* Whether the sender's domain is a registrable one, not below one. */
bool	proof_is_registrable(const char *sender);

/* Whether what SPF said leaves a name of the sender's domain its worth: all but
 * fail, softfail and a record that is no good. */
bool	proof_allows_name(const struct prover_answer *answer);

/* Asks the prover for SPF of this sender (of the HELO name for "") unless the
 * memo knows; the domain's identity is out, "" if there is no domain to ask
 * about. As prover_ask(). */
const struct prover_answer *proof_ask_spf(struct prover *prover,
	    const struct client *client, const char *sender, int wait_ms,
	    struct spf_memo *memo);

/* What is known of SPF of the attempt's sender, for a dry run: a->trace is not NULL. */
void	proof_tell_spf(const struct attempt *a);

/* "spf:example.org", the identity an SPF pass of this message would give; false:
 * none. */
bool	proof_spf_identity(const struct client *client, const char *sender,
	    char out[IDENTITY_SIZE]);

/* The question to ask about them; and the same about the registrable domain that
 * the sender's is below. false: there is none. */
void	proof_question(const struct client *client, const char *sender,
	    struct question *out);
bool	proof_question_above(const struct client *client, const char *sender,
	    struct question *out);

#endif
