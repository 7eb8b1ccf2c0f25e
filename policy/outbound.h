/* SPDX-License-Identifier: ISC
 * policy/outbound.h - learns from one message of ours: whom did it go to?
 *
 * One struct outbound per message, beside its session; never used by two threads
 * at once. The policy's deps lock inside. */
#ifndef POLICY_OUTBOUND_H
#define POLICY_OUTBOUND_H

#include "policy/attempt.h"
#include "policy/automatic.h"
#include "policy/policy.h"

/*
 * Mail is outbound (design, section 7) if its session is authenticated; or its
 * sender is in local-domains and it came from local-networks or from this host
 * without SMTP; and if it came neither by a relay nor by a listener of reinject.
 * Outside is who is in none of local-domains nor in the sender's own domain.
 */
struct outbound {
	bool		 asked;		/* the rest is set: it was the first RCPT */
	bool		 outbound;
	enum unlearned	 why;		/* nothing is learned, and why */
	char		*ours, *user;	/* folded sender; login or ours */
	char		**rcpt;		/* outside, folded, each once */
	unsigned	 n_rcpt;	/* up to max-recipients of them are kept */
	unsigned	 n_outside;	/* all of them */
};

/* Of the conf in force; everything else is the session's. */
struct outbound_message {
	const struct conf *conf;
	const struct client *client;
	const char	*sender;	/* reverse-path */
	const char	*daemon_name;	/* {daemon_name}, or NULL */
};

/* One more recipient that is told "go on" at RCPT. The first time it looks whether
 * the message is outbound at all; out of memory it is not. watch may be NULL. */
void	outbound_rcpt(struct outbound *o, const struct outbound_message *m,
	    struct outbound_watch *watch, const char *rcpt);

/* One header field. Cheap unless the message is outbound. */
void	outbound_header(struct outbound *o, const char *name,
	    const char *value);

/* One outside recipient, and whether it was learned (UNLEARNED_NOTHING). */
typedef void (*outbound_each_fn)(const char *rcpt, enum unlearned why,
	    void *arg);

/*
 * The message is at its end and we let it pass: learns its recipients, each with
 * an atomic step, and counts in deps->watch. queue: its id or NULL. each() may be
 * NULL. A store that fails raises its alarm; what exceeds max-per-hour raises
 * ALARM_OUTBOUND. Mail flows in any case.
 */
void	outbound_end(struct outbound *o, const struct policy_deps *deps,
	    const struct conf *conf, const char *queue, int64_t now,
	    outbound_each_fn each, void *arg);

/* Forgets the message: after outbound_end(), or when it was refused or reset. */
void	outbound_clear(struct outbound *o);

#endif
