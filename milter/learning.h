/* SPDX-License-Identifier: ISC
 * milter/learning.h - what one message teaches when it is over: whom ours wrote to,
 * and whose answer it was. Part of a session; one thread at a time. */
#ifndef MILTER_LEARNING_H
#define MILTER_LEARNING_H

#include "journal/journal.h"
#include "policy/outbound.h"

struct learning_answer;		/* a recipient who may have got an answer */

struct learning {
	struct outbound	 outbound;
	struct learning_answer *answers;
	size_t		 n_answers;
};

/* A recipient was decided of. */
void	learning_rcpt(struct learning *l, struct policy *policy,
	    const struct outbound_message *m, const struct attempt *a,
	    const struct decision *d);

/* What comes with the end of a message that is let in. */
struct learning_end {
	struct policy	*policy;
	struct journal	*journal;
	bool		 to_log;
	const struct attempt *attempt;	/* of any of its recipients: client, sender
					 * and SPF are looked at */
	const char	*queue;		/* or NULL */
	int64_t		 time;		/* milliseconds */
};
void	learning_end(struct learning *l, const struct learning_end *end);

/* Forgets the message. */
void	learning_clear(struct learning *l);

#endif
