/* SPDX-License-Identifier: ISC
 * identity/prover_private.h - what prover.c, prover_ask.c (who asks),
 * prover_thread.c (what is heard) and prover_helper.c (who is asked) share.
 *
 * One lock for all of it; what may take long - orders to the launcher, done(),
 * poll() - happens without it. Only the thread starts and ends helpers. */
#ifndef IDENTITY_PROVER_PRIVATE_H
#define IDENTITY_PROVER_PRIVATE_H

#include <pthread.h>

#include "identity/asked.h"
#include "identity/breaker.h"
#include "identity/prover.h"
#include "identity/recent.h"

/* Milliseconds. */
struct prover_times {
	int	frozen;		/* silent for so long, with a question under way
				 * for so long: it is replaced */
	int	early;		/* an end within it is one too early */
	int	healthy;	/* a helper that lives for so long is well */
	int	pause, pause_max;	/* before the next start: the second
					 * time in a row, doubled each time;
					 * at most */
};

/* Somebody who waits, on his own stack. */
struct waiter {
	pthread_cond_t	 wake;
	bool		 over;		/* *out is filled */
	struct prover_answer *out;
};

struct prover {
	pthread_mutex_t	 lock;
	pthread_cond_t	 left;		/* the last waiter */
	pthread_t	 thread;
	int		 bell;		/* wakes the thread (eventfd) */
	bool		 stopping;
	struct prover_conf conf;
	struct prover_times times;
	struct asked_table table;
	struct breaker	*breaker;
	struct recent	*recent;
	unsigned	 waiting;

	/* The helper. */
	int		 fd;		/* -1: none runs */
	pid_t		 pid;
	bool		 renew;		/* for the resolvers have changed */
	bool		 alarmed;
	unsigned	 early;		/* so many ended too early, in a row */
	int64_t		 began, heard;	/* moments; of it */
	int64_t		 not_before;	/* the next start; a moment */

	unsigned long long asked, proven, not_proven, failed, dropped, overdue,
			 starts;
	struct err	 trouble;
};

/* As prover_new(), with other times than the usual ones. */
int	prover_new_timed(struct prover **out, const struct prover_conf *conf,
	    const struct prover_times *times, struct err *e);

void	*prover_run(void *prover);	/* the thread */
void	prover_ring(struct prover *p);	/* wakes it */

void	prover_cond_init(pthread_cond_t *cond);	/* on the monotonic clock */

struct prover_answer prover_cannot(const char *why);
struct prover_answer prover_answer_of(const struct question_reply *r);

/* All below with the lock held. */

/* Answers who waits; he is gone from the question then. */
void	prover_release(struct asked *a, const struct prover_answer *answer);

/* Those who wait for a domain, or all (NULL). */
void	prover_release_all(struct prover *p, const char *domain,
	    const char *why);

/* What follows from the opening or closing of the breaker of all. */
void	prover_look_at_breaker(struct prover *p, bool was_open);

/* Takes a question out and answers all who asked it, done() with the lock given
 * up; only from the thread. */
void	prover_tell(struct prover *p, struct asked *a,
	    const struct prover_answer *answer);

/* Sends what is unsent, as far as the socket takes it. */
void	prover_send(struct prover *p);

/* Whether one runs or may be started now; false: why not. */
bool	prover_has_helper(const struct prover *p, struct err *why);

/* Only from the thread, the lock given up meanwhile: */
void	prover_begin(struct prover *p);		/* starts one */
enum prover_end { PROVER_ENDED, PROVER_FROZEN, PROVER_GARBAGE, PROVER_RENEWED };
void	prover_end(struct prover *p, enum prover_end why);

/* It has answered, or lived for a while. */
void	prover_is_well(struct prover *p);

#endif
