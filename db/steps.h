/* SPDX-License-Identifier: ISC
 * db/steps.h - a step, and a bite of the sweep, over an engine that can read
 * one record and write several in one transaction.
 *
 * Both hold the stripes of their keys meanwhile, so that what was read is what
 * is changed, and a transaction is only begun to write. Each record keeps one
 * entry in the queue of expiry (envelope.h). Any thread. */
#ifndef DB_STEPS_H
#define DB_STEPS_H

#include "db/backend.h"
#include "db/stripes.h"

/* A change of a record, and of its entry in the queue that goes with it. */
struct change {
	struct store_item *item;	/* act: what happens to the record */
	int64_t		 queued;	/* STORE_PUT: its place from now on */
	int64_t		 from;		/* its place until now, if it leaves */
	bool		 leaves, enters;
};

enum { STEPS_DUE_MAX = 32 };		/* records in one bite of the sweep */

/* An entry of the queue. */
struct due {
	struct store_key key;
	int64_t		 when;
};

struct steps {
	void		*b;
	struct stripes	*stripes;

	/* Sets all of some items but their keys, and each one's place in the
	 * queue. */
	int	(*load)(void *b, struct store_item *items, size_t n,
		    int64_t *queued, struct err *e);

	/* All of the changes, or -1 and none. */
	int	(*write)(void *b, struct change *changes, size_t n,
		    struct err *e);

	/* Up to `max` entries of the span, the earliest first: how many, or
	 * -1. */
	int	(*due)(void *b, struct store_span span, struct due *out,
		    int max, struct err *e);
};

int	steps_step(const struct steps *s, struct backend_step *step,
	    struct err *e);
int	steps_expire(const struct steps *s, struct store_span span,
	    size_t limit, size_t *dropped, struct err *e);

#endif
