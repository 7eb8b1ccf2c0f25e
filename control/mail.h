/* SPDX-License-Identifier: ISC
 * control/mail.h - a delivery attempt that a command or a line of the journal tells
 * of, as the first recipient of a message. Owned by one thread. */
#ifndef CONTROL_MAIL_H
#define CONTROL_MAIL_H

#include "control/command.h"
#include "policy/attempt.h"

struct mail {
	struct json	*line;		/* of the journal; NULL: of arguments */
	struct policy	*policy;	/* in force; a reference */
	struct client	 client;	/* texts are the line's, or the call's */
	char		*sender, *sender_key, *rcpt, *rcpt_key;
	struct spf_memo	 spf;
	char		 client_text[IP_TEXT_SIZE];	/* "": this host */
};

/*
 * Takes the arguments id; or client, name (as the MTA has confirmed it), helo, auth,
 * sender, recipient. 0 done, to be given to mail_free() in any case; else CALL_NO
 * (there is no such line, it is no decision) or CALL_FAILED: e.
 */
int	mail_read(struct mail *m, struct call *c, struct err *e);
void	mail_free(struct mail *m);

/* What policy_explain() is to be asked: from now on it may wait as long as mail
 * may. Points into m. */
struct attempt mail_attempt(struct mail *m, const struct trace *trace);

#endif
