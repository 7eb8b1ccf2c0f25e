/* SPDX-License-Identifier: ISC
 * recipient/inquiry_private.h - what inquiry.c and asker.c share.
 *
 * One lock for all of it: what happens under it is short, and what takes time
 * (asking, done()) happens without it. Counted: each thread has a reference, so
 * that one which a library holds up outlives inquiry_free(). */
#ifndef RECIPIENT_INQUIRY_PRIVATE_H
#define RECIPIENT_INQUIRY_PRIVATE_H

#include "recipient/asker.h"
#include "recipient/question.h"

enum { INQUIRY_LIMIT_MILLIS = 1000 };	/* until somebody waits */

struct inquiry {
	pthread_mutex_t	 lock;
	pthread_cond_t	 left;		/* a thread, a waiter, done() */
	unsigned	 refs;
	bool		 stopping;	/* nobody asks any more */
	bool		 closed;	/* nor is done() called */
	unsigned	 telling;	/* done() runs, in so many threads */
	unsigned	 threads, waiting;
	int		 limit_ms;	/* so long did the last one wait */
	inquiry_done_fn	 done;
	void		*arg;
	struct questions questions;
	unsigned	 n;
	struct asker	 asker[INQUIRY_SOURCES];
};

/* All with the lock held. */

/* Tells done() what is new of a question that is settled; the lock is given
 * up meanwhile. */
void	inquiry_tell(struct inquiry *q, struct question *question);

/* Gives a reference and the lock back; the last one frees all. */
void	inquiry_leave(struct inquiry *q);

/* A condition on the clock that never jumps, and the moment so many
 * microseconds from now on it. */
void	inquiry_cond_init(pthread_cond_t *cond);
struct timespec inquiry_deadline(int64_t micros);

#endif
