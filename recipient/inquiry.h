/* SPDX-License-Identifier: ISC
 * recipient/inquiry.h - asks sources on threads of its own, so that whoever
 * waits for an answer waits for a bounded time.
 *
 * Each source has a queue and as many threads as it has seats. An address that
 * is being asked about is asked once, however many wait.
 *
 * Each source has a breaker, which opens when it says itself that it is down,
 * or when one waiter's time is over before it has answered (or before its turn
 * came: then it is too slow). From then on it is held to be down: every waiter
 * is released, nobody waits for it any more, and one of its threads goes on
 * asking about what was or is wanted (a bounded queue; at most one failing
 * attempt a second; if nothing is wanted, the last address once more), until an
 * answer comes in less time than the last waiter had. Locks inside; any
 * thread. */
#ifndef RECIPIENT_INQUIRY_H
#define RECIPIENT_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "recipient/source.h"

enum {
	INQUIRY_SOURCES = 16,
	INQUIRY_WAITERS = 32,	/* may wait at once; the next one is told at
				 * once that nobody can tell. libmilter serves
				 * few blocked callbacks at a time. */
	INQUIRY_QUEUE = 1000	/* addresses that wait to be asked about, of one
				 * source; beyond, nobody can tell */
};

struct inquiry;			/* opaque */

/* What one source said of one address. */
struct inquiry_answer {
	int		answer;		/* 1, 0, -1 cannot tell (yet) */
	bool		asked;		/* this source was to be asked at all */
	int64_t		micros;		/* how long it took; -1: not answered */
	struct err	why;		/* of -1; "" else */
	bool		doubted;	/* done() does not believe its no */
};

/*
 * Called in a thread of a source once all sources asked about an address have
 * answered or failed, even if nobody waits any more: what came late is worth
 * remembering. Once more, with all answers, if one comes after that: of a
 * source that had been given up. answers[i] is of source i; one older than half
 * a minute is no answer any more. Where no source said yes it is called BEFORE
 * the waiters are told, and may turn a "no" (0) into "cannot tell" (-1, with
 * why): they are then told that. No lock is held.
 */
typedef void (*inquiry_done_fn)(const struct address *a,
	    struct inquiry_answer *answers, unsigned n, void *arg);

struct inquiry_conf {
	struct source	**sources;	/* each is taken over, freed at the
					 * end; the array is not */
	unsigned	  n;		/* 0..INQUIRY_SOURCES */
	inquiry_done_fn	  done;
	void		 *arg;
};

/* Threads begin with the first question. 0; -1 out of memory: e, and the
 * sources are still the caller's. */
int	inquiry_new(struct inquiry **out, const struct inquiry_conf *conf,
	    struct err *e);

/*
 * Releases who still waits, ends the threads and waits for them up to limit_ms;
 * one that a library holds up longer is left behind, to free what is its own
 * when it comes back (the last one frees the sources), and calls done() no
 * more. A done() that runs is waited for. Clears *q. Nobody begins to use it any
 * more.
 */
void	inquiry_free(struct inquiry **q, int limit_ms);

/*
 * Asks the sources of the mask (bit i: source i) about an address and waits
 * until one says yes or all have answered or failed, wait_ms at most. Being
 * overdue opens the breaker of each source that has not answered. wait_ms 0:
 * asks for later, waits for nothing; and so does whoever comes when
 * INQUIRY_WAITERS wait. answers: room for INQUIRY_SOURCES; filled in either
 * case. 1 some source says yes; 0 every one says no (and done() let it be); -1
 * neither, or nobody was to be asked.
 */
int	inquiry_ask(struct inquiry *q, const struct address *a, uint32_t mask,
	    int wait_ms, struct inquiry_answer *answers);

/*
 * The same for a dry run, in the caller's thread, one source after the other: each
 * with a seat of its own and without a trace, since nobody else hears of it, no
 * count is kept and done() is not called. A source that is held to be down is not
 * asked. An answer that takes longer than wait_ms is none. A source may keep the
 * caller for longer than that.
 */
void	inquiry_look(struct inquiry *q, const struct address *a,
	    uint32_t mask, int wait_ms, struct inquiry_answer *answers);

struct inquiry_stats {
	const char	*name;
	bool		 open;		/* the breaker: held to be down */
	int64_t		 open_seconds;	/* for how long by now */
	struct err	 trouble;	/* the latest reason for "cannot tell" */
	unsigned long long asked, yes, no, failed;
	unsigned long long overdue;	/* times it was opened for that */
	int64_t		 mean_micros, slowest_micros;	/* of answers */
	unsigned	 waiting, queued;
};
/* How source i fares. 0; -1 there is no such source. */
int	inquiry_stats(struct inquiry *q, unsigned i, struct inquiry_stats *out);

/* The i-th source, for its list(). */
const struct source *inquiry_source(const struct inquiry *q, unsigned i);

#endif
