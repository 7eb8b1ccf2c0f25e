/* SPDX-License-Identifier: ISC
 * policy/attempt.h - what is known of a delivery attempt at RCPT, and what was
 * decided of it. Texts are borrowed from the session for the call. */
#ifndef POLICY_ATTEMPT_H
#define POLICY_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/conf.h"
#include "base/ip.h"
#include "base/reply.h"
#include "identity/client.h"
#include "identity/prover.h"
#include "policy/reason.h"

/* Who connected: fixed for a connection but for auth and the certificate,
 * which are fixed for a message. */
struct client {
	bool		 by_smtp;	/* came over the network (design, step 0) */
	struct ip	 addr;		/* valid only if by_smtp */
	struct identities identities;	/* likewise */
	const char	*auth;		/* SASL login name, or NULL */
	const char	*cert_subject;	/* of a certificate that the MTA has */
	const char	*cert_issuer;	/*  verified, or NULL */
	const char	*host;		/* {client_name} as given, or NULL */
	bool		 verified;	/* ... which the MTA confirmed forward */
	const char	*helo;		/* or NULL */
	bool		 tls;		/* the session is encrypted */
};

/* What SPF said of a message's sender and client: asked once a message. */
struct spf_memo {
	bool		 known;		/* the rest is set */
	struct prover_answer answer;
	char		 identity[IDENTITY_SIZE];	/* that 1 proves; "" else */
};

struct trace;			/* policy/trace.h */

struct attempt {
	const struct client *client;
	const char	*sender;	/* reverse-path, no brackets; "" is null */
	const char	*sender_key;	/* the same, folded */
	const char	*rcpt;		/* forward-path, no brackets */
	const char	*rcpt_key;	/* the same, folded */
	bool		 after_retry;	/* an earlier recipient of this message
					 * passed as its retry */
	const char	*proven_by;	/* an identity that was found proven for
					 * an earlier recipient of it, or NULL */
	struct spf_memo	*spf;		/* of the message; or NULL: no SPF */
	/* A macro of the MTA by its name with braces, or NULL; may be NULL. */
	const char	*(*macro)(void *arg, const char *name);
	void		*macro_arg;
	int64_t		 deadline;	/* until when it may wait, all in all, on
					 * clock_monotonic_micros() */
	bool		 stopping;	/* the store is about to be closed */
	bool		 may_hold;	/* first recipient, and the MTA tells of
					 * DATA: a defer may wait until then */
	const struct trace *trace;	/* of policy_explain(): a dry run, that tells
					 * and changes nothing; NULL: mail */
};

/* How long this attempt may still wait, in milliseconds, from 0 on. */
int	attempt_wait_ms(const struct attempt *a);

/* As alarm_raise(); a dry run tells the sentence, and raises nothing. */
void	attempt_alarm(const struct attempt *a, struct alarms *alarms,
	    enum alarm_kind kind, int64_t now, const char *sentence);

enum { DECISION_BY_SIZE = 1100 };	/* an entry and an identity */

struct decision {
	enum verdict	 verdict;
	enum reason	 reason;
	enum verdict	 would_verdict;	/* with REASON_OBSERVED and _HELD: what */
	enum reason	 would;		/*  was found; else REASON_NONE */
	struct reply	 reply;		/* for defer and reject; held: at DATA */
	int64_t		 wait;		/* new, early, late: seconds until a
					 * retry would pass; else 0 */
	int64_t		 delayed;	/* retried: seconds since the first
					 * attempt of this clock; else -1 */
	char		 by[DECISION_BY_SIZE];	/* the identity that decided
					 * (proven, retried), the entry and its
					 * proof (whitelisted), or "" */
	bool		 no_late_entry;	/* policy/exempt.h: none was found on the way */
	bool		 correspondent;	/* one of ours wrote to the sender, so that
					 * the message may be an answer; whatever
					 * the verdict is */
	const struct conf_rule *rule;	/* that decided, that would have, or whose
					 * delay holds; NULL: none. The policy's */
};

#endif
