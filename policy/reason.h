/* SPDX-License-Identifier: ISC
 * policy/reason.h - the closed lists of verdicts and reasons.
 *
 * greygate(8) explains each reason; a new one joins that list first. */
#ifndef POLICY_REASON_H
#define POLICY_REASON_H

enum verdict { VERDICT_PASS, VERDICT_DEFER, VERDICT_REJECT };

enum reason {
	REASON_NONE,			/* no decision yet; never in a log */
	/* pass */
	REASON_LOCAL_SUBMISSION,	/* did not come by SMTP */
	REASON_RELAY,			/* from one of our own relays */
	REASON_AUTHENTICATED,		/* the client logged in */
	REASON_LOCAL_NETWORK,		/* from local-networks */
	REASON_TLS_CLIENT,		/* a certificate of tls-clients */
	REASON_POSTMASTER,		/* to postmaster or abuse */
	REASON_WHITELISTED,		/* a manual or shipped entry */
	REASON_GRACE,			/* the mailbox is not greylisted now */
	REASON_CORRESPONDENT,		/* one of ours wrote to the sender */
	REASON_EXPECTED_BOUNCE,		/* the bounce of a letter of ours */
	REASON_PROVEN,			/* an identity that has passed */
	REASON_RETRIED,			/* the retry came in the window */
	REASON_SAME_MAIL,		/* beside a recipient that retried */
	REASON_OBSERVED,		/* would have been refused; observe */
	/* pass, defer or reject */
	REASON_RULE,			/* what a rule of greygate.conf says */
	/* pass or defer */
	REASON_STORE_ERROR,		/* trouble of our own: on-error */
	REASON_STOPPING,		/* the filter is shutting down: on-error */
	/* defer */
	REASON_NEW,			/* never seen */
	REASON_EARLY,			/* retried before the delay is over */
	REASON_LATE,			/* retried after the window */
	REASON_HELD,			/* null sender: answered at DATA */
	REASON_HARVESTING,		/* guessed too many recipients */
	REASON_DIRECTORY_DOWN,		/* nobody can tell if it exists */
	/* defer or reject */
	REASON_UNKNOWN_RECIPIENT,	/* there is no such mailbox of ours */
	REASONS
};

const char *verdict_name(enum verdict v);
const char *reason_name(enum reason r);

#endif
