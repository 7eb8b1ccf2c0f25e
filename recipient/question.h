/* SPDX-License-Identifier: ISC
 * recipient/question.h - an address that sources are being asked about, shared
 * by all who want to know; and the table of those on their way.
 *
 * For recipient/inquiry.c and asker.c only; all of it under the inquiry's lock.
 * Moments are clock_monotonic_micros(). */
#ifndef RECIPIENT_QUESTION_H
#define RECIPIENT_QUESTION_H

#include <pthread.h>

#include "recipient/inquiry.h"

enum part_state { PART_PENDING, PART_YES, PART_NO, PART_CANNOT };
enum part_work { WORK_NONE, WORK_QUEUED, WORK_RUNNING };

/* An answer is as good as a new one for so long: of those who join, and beside
 * what another source says later. More than anybody waits. */
enum { QUESTION_LIFE_SECONDS = 30 };

/* One source's part in a question. What is running or queued may be given up
 * (PART_CANNOT): nobody waits for it then, but an answer may come yet. */
struct part {
	enum part_state	 state;
	enum part_work	 work;
	bool		 waited;	/* which queue it is in */
	bool		 doubted;
	int64_t		 began, answered;	/* moments */
	int64_t		 micros;	/* it took */
	struct err	 why;
	struct question	*before, *after;	/* in the source's queue */
};

/* Lives on the stack of who waits. */
struct waiter {
	pthread_cond_t	 wake;
	uint32_t	 released;	/* from these it hears no more */
	struct waiter	*next;
};

struct question {
	struct address	 a;
	uint32_t	 mask;		/* the sources asked */
	unsigned	 n;		/* of all sources */
	unsigned	 refs;		/* who waits, queues or asks */
	bool		 listed;	/* in the table */
	unsigned	 version;	/* of what was heard and asked anew */
	bool		 told;		/* done() has been called */
	bool		 news;		/* something to tell it */
	bool		 telling;	/* it runs */
	bool		 weighed;	/* it let this version's answers be */
	struct waiter	*waiters;
	struct question	*chain;		/* in the table */
	struct part	 part[];
};

/* Questions that wait for source i, in the order in which they came. */
struct fifo {
	struct question	*head, *tail;
	unsigned	 n;
};
void	fifo_add(struct fifo *fifo, struct question *q, unsigned i);
void	fifo_remove(struct fifo *fifo, struct question *q, unsigned i);

struct questions {
	struct question	*chain[1024];
};

void	question_copy(struct address *out, const struct address *a);

/* One that nobody has asked yet: every part of it cannot tell. The reference is
 * the caller's. NULL: out of memory. */
struct question *question_new(const struct address *a, uint32_t mask,
	    unsigned n);

/* Gives a reference back; the last one takes it from the table and frees. */
void	question_unref(struct questions *t, struct question *q);
/* The one on its way, or NULL. */
struct question *questions_find(struct questions *t, const struct address *a,
	    uint32_t mask);
void	questions_add(struct questions *t, struct question *q);
void	questions_each(struct questions *t,
	    void (*each)(struct question *q, void *arg), void *arg);

/* Frees them all, whoever has a reference. */
void	questions_drop(struct questions *t);

bool	question_has(const struct question *q, unsigned i);
/* Source i is to answer (again). */
void	question_await(struct question *q, unsigned i);

/* Source i has answered: 1, 0, or -1 and why. Wakes who has waited for that. */
void	question_hear(struct question *q, unsigned i, int answer,
	    const struct err *why, int64_t now);

/* Nobody waits for source i any more, if they did. */
void	question_give_up(struct question *q, unsigned i, const struct err *why);

/* Whether part i has an answer that is as good as a new one. */
bool	question_is_answered(const struct question *q, unsigned i, int64_t now);

/* Whether no part is awaited any more. */
bool	question_is_settled(const struct question *q);

/* What who waits is told: 1, 0, -1; or wait. */
enum { QUESTION_WAIT = 2 };
int	question_verdict(const struct question *q, uint32_t released);

/* Fills n answers. pending: why an awaited one cannot tell. */
void	question_answers(const struct question *q, const char *pending,
	    int64_t now, struct inquiry_answer *answers);

/* Takes over what done() made of the answers that were those of `version`, and
 * wakes whoever has waited for it. */
void	question_weigh(struct question *q, unsigned version,
	    const struct inquiry_answer *answers);

void	question_wake(struct question *q);

#endif
