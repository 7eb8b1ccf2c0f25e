/* SPDX-License-Identifier: ISC
 * identity/asked.h - the questions under way, by id and in the order in which
 * they were asked; those that have not been sent are the last ones.
 *
 * A bounded table that owns what is in it. Under its owner's lock. */
#ifndef IDENTITY_ASKED_H
#define IDENTITY_ASKED_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/domain.h"
#include "identity/prover.h"
#include "identity/question.h"

struct waiter;			/* prover_private.h */

struct asked {
	struct question	 q;		/* with its id */
	char		 domain[SPF_DOMAIN_SIZE];	/* it is about; "" none */
	char		 owner[DOMAIN_SIZE];	/* its registrable domain */
	int64_t		 since;		/* a moment */
	struct waiter	*waiter;	/* NULL: nobody waits (any more) */
	prover_done_fn	 done;		/* NULL: nobody is told */
	void		*arg;

	struct asked	*before, *after;
	alignas(max_align_t) unsigned char note[];
};

struct asked_table {
	struct asked	*slot[PROVER_QUEUE];
	unsigned	 spare[PROVER_QUEUE];	/* free slots, a stack */
	unsigned	 n;			/* questions in it */
	uint64_t	 serial;
	struct asked	*head, *tail;
	struct asked	*unsent;		/* the first of these, or NULL */
};

void	asked_init(struct asked_table *t);
void	asked_drop(struct asked_table *t);	/* frees all */

/* A question with a copy of the note, not in a table yet: free() frees it.
 * NULL: out of memory. */
struct asked *asked_new(const struct question *q, const void *note,
	    size_t len);

/* Takes it over, gives it its id; unsent. false: full, nothing happened. */
bool	asked_add(struct asked_table *t, struct asked *a, int64_t now);

/* The question of this id, if it was sent; or NULL. */
struct asked *asked_find(struct asked_table *t, uint64_t id);

/* Takes it out: free() frees it. */
void	asked_remove(struct asked_table *t, struct asked *a);

/* The first that is unsent has been sent; all are unsent. */
void	asked_sent(struct asked_table *t);
void	asked_unsend(struct asked_table *t);

/* Whether this one has been sent. */
bool	asked_is_sent(const struct asked_table *t, const struct asked *a);

#endif
