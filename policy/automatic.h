/* SPDX-License-Identifier: ISC
 * policy/automatic.h - was a message written by a person to persons? Judged by its
 * header and by addresses. Pure functions; any thread.
 *
 * Each form cites where it is from: RFC 3834, 2919, 2369, 6522, and the manuals of
 * the systems that send it (tests/unit/automatic.tsv). */
#ifndef POLICY_AUTOMATIC_H
#define POLICY_AUTOMATIC_H

#include <stdbool.h>

/* Why nothing is learned from a message, or from one of its recipients; the closed
 * list of greygate(8), "Outbound mail". */
enum unlearned {
	UNLEARNED_NOTHING,		/* nothing speaks against it */
	/* the whole message */
	UNLEARNED_NULL_SENDER,		/* "null-sender" */
	UNLEARNED_AUTO_SUBMITTED,	/* "auto-submitted": an automatic answer, in
					 * whatever system's form */
	UNLEARNED_PRECEDENCE,		/* "precedence": bulk, junk, list */
	UNLEARNED_LIST,			/* "list": List-*, Mailing-List ... */
	UNLEARNED_SUPPRESS,		/* "suppress": asks for no answers */
	UNLEARNED_REPORT,		/* "report": multipart/report and the like */
	UNLEARNED_ROLE_SENDER,		/* "role-sender": noreply@ours */
	UNLEARNED_MAX_RECIPIENTS,	/* "max-recipients" */
	UNLEARNED_REFUSED,		/* "refused": by us at DATA, or later */
	/* one recipient */
	UNLEARNED_ROLE,			/* "role": noreply, unsubscribe, listserv ... */
	UNLEARNED_MAX_PER_HOUR,		/* "max-per-hour" */
	UNLEARNED_STORE,		/* "store": it could not be written */
	UNLEARNED_KINDS
};

/* The word in the journal and in status; "" for UNLEARNED_NOTHING. */
const char *unlearned_name(enum unlearned why);

/*
 * What one header field says. name: without colon, in any case; value: as the MTA
 * gives it, maybe folded over several lines, with or without a leading space, any
 * bytes. Comments (RFC 5322, 3.2.2) in values are skipped.
 */
enum unlearned automatic_header(const char *name, const char *value);

/*
 * Whether an address is one that nobody answers from, or that is no person's:
 * noreply and its kin, bounce and unsubscribe addresses, those of forwarded
 * mail (SRS0=...), list commands (owner-x, x-request, x-leave ...), the services and network roles of RFC 2142
 * (postmaster, abuse, hostmaster ...). Not its business roles (info, sales,
 * support): people there do answer.
 */
bool	automatic_address(const char *address);

#endif
