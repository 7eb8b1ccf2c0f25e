/* SPDX-License-Identifier: ISC
 * milter/session.h - one SMTP session as the filter sees it: the whole filter
 * without libmilter. A test plays SMTP by calling it.
 *
 * A session belongs to one connection; its functions are never called at the
 * same time, but from whatever thread. What sessions share is in struct app. */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "journal/journal.h"
#include "milter/counters.h"
#include "milter/drain.h"
#include "policy/live.h"

/* What sessions share; each member locks inside and outlives them. */
struct app {
	struct live	*live;
	struct journal	*journal;
	struct tally	*tally;		/* NULL: nothing is kept by the hour */
	struct clock	 clock;
	struct drain	*drain;
	struct counters	*counters;
	struct alarms	*alarms;
	bool		 log_decisions;	/* a line for each to base/log.h */
	unsigned long	 max_open;	/* sessions that descriptors allow */
};

/* What to tell the MTA of the command at hand. */
enum answer_kind { ANSWER_GO_ON, ANSWER_DEFER, ANSWER_REJECT };

struct answer {
	enum answer_kind kind;
	char	code[4], status[12];
	char	text[520];	/* each '%' doubled, as smfi_setreply() wants it */
};

struct session;			/* opaque */

/* NULL: out of memory. Takes one reference to the policy in force. */
struct session *session_new(const struct app *app);

/* Ends a message in progress, frees and clears *s. A NULL *s is fine. */
void	session_free(struct session **s);

/* Facts from the MTA. Texts are borrowed; each may be NULL: every macro is
 * optional. */
struct session_connect {
	const struct sockaddr	*addr;		/* NULL: not by network */
	const char		*client_name;	/* {client_name} */
	const char		*client_resolve;/* {client_resolve} */
	const char		*mta;		/* v: the MTA and its version */
	const char		*daemon_name;	/* {daemon_name}: by which listener */
};
void	session_connect(struct session *s, const struct session_connect *c);

/* Whether the MTA will tell of DATA (milter protocol 4 and later); without
 * this call it is held not to. */
void	session_has_data(struct session *s, bool has_data);

/* HELO or EHLO, any number of times; a later one ends the message at hand
 * (RFC 5321, 4.1.4). */
void	session_helo(struct session *s, const char *name);

struct session_mail {
	const char	*path;		/* the argument of MAIL FROM */
	const char	*auth;		/* {auth_authen} */
	const char	*cert_subject, *cert_issuer, *verify;
	const char	*tls_version;	/* {tls_version} */
};
/* Ends an earlier message of the session, begins a new one. */
void	session_mail(struct session *s, const struct session_mail *m);

struct session_rcpt {
	const char	*path;		/* the argument of RCPT TO */
	const char	*address;	/* {rcpt_addr}: used if it has a domain */
	const char	*queue;		/* i: the queue id, if known by now */
	/* Any macro by its name with braces, for rules; may be NULL. */
	const char	*(*macro)(void *arg, const char *name);
	void		*macro_arg;
};
/* Appends the names of the macros that rules look at, " {name}" each, once. One
 * that does not fit is logged. */
void	session_rule_macros(const struct app *app, char *list, size_t size);

struct answer session_rcpt(struct session *s, const struct session_rcpt *r);

/* DATA: gives a held defer, counts a proof. An MTA that tells of no DATA gets
 * the same from session_eom(). */
struct answer session_data(struct session *s);

/* Whether headers are to be told of at all. */
bool	session_wants_headers(const struct session *s);

/* One field of the message's header; looked at only if the mail is ours. */
void	session_header(struct session *s, const char *name, const char *value);

/* End of message; queue: i, the queue id, or NULL. Learns whom outbound mail went
 * to, and renews what was learned of whom an answer came from. Writes the header's name and value if one is due; value ""
 * if not. */
enum { SESSION_HEADER_SIZE = 256 };
struct answer session_eom(struct session *s, const char *queue,
	    char name[SESSION_HEADER_SIZE],
	    char value[SESSION_HEADER_SIZE]);

/* The message is over: delivered, refused, reset or broken off. */
void	session_end_message(struct session *s);

#endif
