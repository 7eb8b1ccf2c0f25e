/* SPDX-License-Identifier: ISC
 * identity/asked.h - the questions under way, by id and in the order in which
 * they were asked; those that have not been sent are the last ones. Whoever
 * asks what is under way already may join that question.
 *
 * A bounded table that owns what is in it, and no domain has more than a share
 * of it. Under its owner's lock. */
#ifndef IDENTITY_ASKED_H
#define IDENTITY_ASKED_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/domain.h"
#include "identity/prover.h"
#include "identity/question.h"

enum {
	ASKED_JOINED = PROVER_QUEUE,	/* joined ones at most, and those to */
	ASKED_JOINED_SHARE = ASKED_JOINED / 4	/* questions of one owner */
};

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
	struct asked	*joined;	/* have joined it, by their own joined */
	unsigned	 n_joined;
	alignas(max_align_t) unsigned char note[];
};

struct asked_table {
	struct asked	*slot[PROVER_QUEUE];
	unsigned	 spare[PROVER_QUEUE];	/* free slots, a stack */
	unsigned	 n;			/* questions in it */
	unsigned	 n_joined;		/* besides, to all of them */
	uint64_t	 serial;
	struct asked	*head, *tail;
	struct asked	*unsent;		/* the first of these, or NULL */
};

void	asked_init(struct asked_table *t);
void	asked_drop(struct asked_table *t);	/* frees all */

/* A question with a copy of the note, not in a table yet. NULL: out of
 * memory. */
struct asked *asked_new(const struct question *q, const void *note,
	    size_t len);

/* One that is in no table (any more), and those that have joined it. */
void	asked_free(struct asked *a);

/* Takes it over, gives it its id; unsent. false: the table is full, or its
 * owner has PROVER_SHARE questions in it; nothing happened. */
bool	asked_add(struct asked_table *t, struct asked *a, int64_t now);

/* Takes it over where the same is under way, to be told along with that one.
 * false: it is not, or too many have joined; nothing happened. */
bool	asked_join(struct asked_table *t, struct asked *a);

/* The question of this id, if it was sent; or NULL. */
struct asked *asked_find(struct asked_table *t, uint64_t id);

/* Takes it out, with those that have joined it: asked_free() frees them. */
void	asked_remove(struct asked_table *t, struct asked *a);

/* The first that is unsent has been sent; all are unsent. */
void	asked_sent(struct asked_table *t);
void	asked_unsend(struct asked_table *t);

/* Whether this one has been sent. */
bool	asked_is_sent(const struct asked_table *t, const struct asked *a);

#endif
