/* SPDX-License-Identifier: ISC
 * identity/prover.h - the filter's side of SPF and DNS lists: asks the helper,
 * waits for a bounded time, starts a new helper when one dies or hangs.
 *
 * Whatever goes wrong here - no helper, a full queue, a DNS that does not answer
 * - is "cannot tell", and proves nothing; mail flows.
 *
 * Breakers: a domain whose answer a waiter did not get in time is waited for no
 * more until it answers; and when PROVER_UNRELATED domains (registrable ones)
 * in a row did not answer somebody who waited, and none did in between, nobody
 * waits for any until one answers. Opening one releases its waiters at once. Locks inside; any
 * thread. */
#ifndef IDENTITY_PROVER_H
#define IDENTITY_PROVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/clock.h"
#include "identity/launcher.h"
#include "identity/question.h"

enum {
	PROVER_WAITERS = 32,	/* callbacks that may wait at once */
	PROVER_QUEUE = 1000,	/* questions under way; more are dropped */
	PROVER_SHARE = PROVER_QUEUE / 16,	/* of one registrable domain, or
				 * of the lists at one; more are dropped */
	PROVER_UNRELATED = 3
};

struct prover;			/* opaque */

struct prover_conf {
	struct launcher	*launcher;	/* outlives the prover; NULL: no helper,
					 * everything is "cannot tell" */
	struct launcher_resolvers resolvers;
	struct alarms	*alarms;	/* ALARM_HELPER, ALARM_RESOLVER */
	struct clock	 clock;		/* of alarms */
};

/* A question is one about SPF or about a DNS list. */
struct prover_answer {
	int		 answer;	/* as struct question_reply; -1 also: not in
					 * time, not asked */
	enum spf_result	 result;
	bool		 withdrawn;
	unsigned	 n_found;
	uint32_t	 found[QUESTION_FOUND];
	struct err	 why;
};

/* Starts its thread and, with the first question, a helper. 0; -1: e. */
int	prover_new(struct prover **out, const struct prover_conf *conf,
	    struct err *e);

/* Releases who waits, calls no done() any more, ends the thread and the helper,
 * frees and clears *p. Nobody begins to use it any more. */
void	prover_free(struct prover **p);

/* From now on these resolvers: unless they are the addresses in use, a new
 * helper takes over, and what is under way is asked again. */
void	prover_use(struct prover *p, const struct launcher_resolvers *r);

/* Asks, and waits for wait_ms at most; the same question about SPF is answered
 * for up to a minute (the ttl of the reply) from memory. id of q is not looked
 * at. */
void	prover_ask(struct prover *p, const struct question *q, int wait_ms,
	    struct prover_answer *out);

/*
 * Asks and does not wait: done() is called with the answer, in the prover's
 * thread, with a copy of the note (which it only borrows). false: not asked,
 * for the queue is full, the domain has its share of it, or no helper can be
 * started now; done() will not be called. Once asked it is called exactly once,
 * but not after prover_free(); a dead or mute helper is the answer -1.
 *
 * The same question (client, HELO name, sender) that is under way is not asked
 * again: its answer is told to all who asked.
 */
enum { PROVER_NOTE_MAX = 2048 };
typedef void (*prover_done_fn)(const struct question *q,
	    const struct prover_answer *answer, const void *note, void *arg);
bool	prover_later(struct prover *p, const struct question *q,
	    const void *note, size_t len, prover_done_fn done, void *arg);

struct prover_stats {
	unsigned long long asked;	/* of the helper */
	unsigned long long proven, not_proven, overdue, restarts;
	unsigned long long failed;	/* answered -1, however */
	unsigned long long dropped;	/* not asked, for want of room or of a
					 * helper */
	unsigned	 under_way, waiting;
	pid_t		 helper;	/* 0: none runs now */
	bool		 open;		/* the breaker of all domains */
	struct err	 trouble;	/* the latest; "" none */
};
void	prover_stats(struct prover *p, struct prover_stats *out);

#endif
