/* SPDX-License-Identifier: ISC
 * recipient/asker.h - one source: its queue, its threads, its breaker.
 *
 * For recipient/inquiry.c only; all of it under the inquiry's lock. */
#ifndef RECIPIENT_ASKER_H
#define RECIPIENT_ASKER_H

#include <pthread.h>

#include "recipient/question.h"

/* One thread and what it asks with. */
struct seat {
	struct asker	*asker;
	pthread_t	 thread;
	bool		 ended;
	void		*own;		/* the source's; NULL: none yet */
};

struct asker {
	struct inquiry	*inquiry;
	unsigned	 i;		/* its number there */
	struct source	*source;
	struct seat	*seats;
	unsigned	 n_seats, threads;	/* of these run or ran */
	unsigned	 idle;		/* of these wait for work */
	pthread_cond_t	 work;		/* there is some */
	struct fifo	 waited, later;	/* somebody waits for the first */

	bool		 open;		/* the breaker: held to be down */
	int64_t		 opened;	/* a moment */
	const struct seat *scout;	/* asks while it is open; NULL: none */
	pthread_cond_t	 scouting;	/* what the scout waits on */
	bool		 failing;	/* so ended the last attempt, */
	int64_t		 ended;		/* then */
	struct address	 last;		/* asked about */
	uint32_t	 last_mask;	/* 0: nobody yet */

	struct err	 trouble;
	unsigned long long asked, yes, no, failed, overdue;
	int64_t		 total_micros, slowest_micros;
};

/* Takes the source over. 0; -1 out of memory, and it is still the caller's. */
int	asker_init(struct asker *a, struct inquiry *q, unsigned i,
	    struct source *source);
/* No thread is left. */
void	asker_done(struct asker *a);

/* Asks about it, unless the answer is there or on its way. waited: ahead of
 * those that nobody waits for. */
void	asker_want(struct asker *a, struct question *q, bool waited);

/* Opens the breaker: down, as it says itself, or else overdue. */
void	asker_trip(struct asker *a, bool down, const struct err *why);

/* Wakes its threads, which end when the inquiry is stopping. */
void	asker_wake(struct asker *a);

void	asker_stats(const struct asker *a, struct inquiry_stats *out);

#endif
