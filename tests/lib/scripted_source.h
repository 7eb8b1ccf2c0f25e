/* SPDX-License-Identifier: ISC
 * tests/lib/scripted_source.h - a source that does what a test wants, an
 * inquiry over a few of them, and what its done() was told.
 *
 * An address says what is answered of it: "yes...", "no...", "odd..." (-1),
 * "down..." (-1, and the source is down). Locks inside; any thread. */
#ifndef TESTS_LIB_SCRIPTED_SOURCE_H
#define TESTS_LIB_SCRIPTED_SOURCE_H

#include <pthread.h>

#include "recipient/inquiry.h"

enum { SCRIPTS = 4, TOLD_MAX = 2048, ATTEMPTS_MAX = 64 };

struct script {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	unsigned	 seats;
	/* Set by the test, with script_set(). */
	bool		 held;		/* an ask does not return */
	bool		 down;		/* whatever it is asked */
	bool		 hang;		/* the first ask does not return */
	bool		 slow;		/* takes 3 ms at least */
	unsigned	 fault;		/* a seed: fails, dawdles, and what it
					 * says is has(number, address) */
	unsigned	 number;
	bool		(*has)(unsigned source, unsigned address);
	/* Kept by the source. */
	unsigned	 calls, running, seats_made, seats_left, freed;
	bool		 signals_open;	/* a thread with signals unblocked */
	int64_t		 at[ATTEMPTS_MAX];	/* a call began, micros */
};

struct told {
	char		 address[64];
	struct inquiry_answer answers[SCRIPTS];
};

/* One test's inquiry. */
struct asking {
	struct script	 script[SCRIPTS];
	struct inquiry	*inquiry;
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	unsigned	 told_n;
	struct told	 told[TOLD_MAX];	/* of done(), in its order */
	bool		 doubt;		/* done() turns "no" into doubt */
	bool		 done_held;	/* done() does not return */
	unsigned	 in_done;
};

/* n sources with so many seats each. */
struct asking *asking_new(unsigned n, unsigned seats);
/* Frees the inquiry, if it is there; every source must be freed by then. */
void	asking_end(struct asking **a);

/* Asks about it; all sources if mask is 0. */
int	asking_ask(struct asking *a, const char *address, uint32_t mask,
	    int wait_ms, struct inquiry_answer *answers);

/* A thread that asks. */
struct asker_thread {
	struct asking	*asking;
	char		 address[64];
	int		 wait_ms;
	int		 verdict;
	struct inquiry_answer answers[INQUIRY_SOURCES];
	pthread_t	 thread;
};
void	asker_begin(struct asker_thread *t, struct asking *a,
	    const char *address, int wait_ms);
int	asker_end(struct asker_thread *t);

struct address address_of(const char *text);

/* Changes a setting and wakes who waits for that. */
void	script_set(struct script *s, bool *setting, bool to);
void	asking_set(struct asking *a, bool *setting, bool to);

/* Wait, and fail after half a minute. */
void	script_await(struct script *s, const unsigned *count, unsigned n);
void	asking_await_told(struct asking *a, unsigned n);
/* Until a source's count (inquiry_stats()) is this one, or more where it only
 * grows. ASKING_OPEN: 1 open, 0 not. */
enum asking_count { ASKING_OPEN, ASKING_WAITING, ASKING_QUEUED, ASKING_YES,
    ASKING_NO, ASKING_FAILED };
void	asking_await(struct asking *a, unsigned source, enum asking_count what,
	    unsigned n);
/* Lets threads get to where they wait. Who is not there yet in time misses what
 * a test wants to show, no more. */
void	asking_settle(void);
unsigned asking_told(struct asking *a);

struct inquiry_stats asking_stats(struct asking *a, unsigned source);

#endif
