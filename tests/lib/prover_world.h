/* SPDX-License-Identifier: ISC
 * tests/lib/prover_world.h - a prover with a helper that does what it is told
 * to, and who asks it. */
#ifndef TESTS_LIB_PROVER_WORLD_H
#define TESTS_LIB_PROVER_WORLD_H

#include <stdatomic.h>
#include <unistd.h>

#include "identity/prover_private.h"
#include "tests/lib/scripted_helper.h"

enum {
	LONG = 600000,		/* ms: nobody waits for so long */
	SLACK = 1000,		/* ms: above its time, that a waiter may take on
				 * a busy machine; they wait far longer else */
	PATIENCE_MILLIS = 30000
};

struct prover_world {
	char		 program[64];
	struct launcher	*launcher;
	struct prover	*prover;
	struct alarms	*alarms;
	unsigned	 descriptors;	/* before */
};

/* Nothing is too early or frozen; no pauses. */
extern const struct prover_times prover_world_usual;

/* Set-up and tear-down of a test: the latter finds that no process and no
 * descriptor is left. */
int	prover_world_begin(void **state);
int	prover_world_end(void **state);

/* A prover anew; a launcher (there is none). */
void	prover_world_prove(struct prover_world *w,
	    const struct prover_times *times);
void	prover_world_launch(struct prover_world *w, const char *program);

/* Asks: the answer, or a failed test where it is another. */
struct prover_answer world_ask(struct prover_world *w, const char *sender,
	    int wait_ms);
void	world_says(struct prover_world *w, const char *sender, int wanted);
void	world_fails(struct prover_world *w, const char *sender, int wait_ms,
	    const char *why);

struct prover_stats world_stats(struct prover_world *w);
bool	world_alarmed(struct prover_world *w, enum alarm_kind kind);
int64_t	world_now(void);	/* ms of a clock that never jumps */

/* What nobody tells of is looked at until it is so. */
#define AWAIT(so)							\
do {									\
	int64_t	end_ = world_now() + PATIENCE_MILLIS;			\
	while (!(so)) {							\
		if (world_now() > end_)					\
			fail_msg("waited in vain: %s", #so);		\
		(void)usleep(500);					\
	}								\
} while (0)

/* Somebody who asks, in a thread. */
struct waiting {
	pthread_t		 thread;
	struct prover_world		*w;
	char			 sender[64];
	int			 wait_ms;
	struct prover_answer	 answer;
	int64_t			 took;
};

void	waiting_begin(struct waiting *a, struct prover_world *w,
	    const char *sender, int wait_ms);
void	waiting_end(struct waiting *a);

/* Who is told later. */
struct told {
	atomic_uint	n, yes, cannot, wrong;
};

/* As prover_later(). */
bool	world_later(struct prover_world *w, const char *sender,
	    struct told *t);

#endif
