/* SPDX-License-Identifier: ISC
 * recipient/shelf.h - the edition of a list that is in force, for all who ask,
 * and what is wrong with it.
 *
 * Locks inside, for a moment only; any thread. */
#ifndef RECIPIENT_SHELF_H
#define RECIPIENT_SHELF_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"
#include "recipient/edition.h"

enum shelf_trouble {
	SHELF_FILE,		/* what is in force is not what the file has */
	SHELF_KEEP,		/* no copy is kept */
	SHELF_TROUBLES
};

struct shelf {			/* for shelf.c alone */
	pthread_mutex_t	 lock;
	struct edition	*edition;
	int64_t		 adopted;
	struct err	 trouble[SHELF_TROUBLES];
};

/* An empty one, in memory that the caller has. */
void	shelf_init(struct shelf *s);
void	shelf_clear(struct shelf *s);

/* The edition in force, to be given back; NULL: there is none yet. */
struct edition *shelf_now(struct shelf *s);

/* Puts another one in force from `adopted` on; the shelf has its own
 * reference. */
void	shelf_put(struct shelf *s, struct edition *next, int64_t adopted);

/* NULL: it is over. */
void	shelf_set_trouble(struct shelf *s, enum shelf_trouble which,
	    const struct err *e);

/* The first trouble there is; "" for none. Returns since when the edition is in
 * force. */
int64_t	shelf_state(struct shelf *s, struct err *trouble);

#endif
