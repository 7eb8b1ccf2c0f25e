/* SPDX-License-Identifier: ISC
 * identity/desk.h - questions that wait for a thread of greygate-spf.
 *
 * First come, first served, but no domain has more than DESK_SHARE threads at
 * once, nor more than DESK_PLACES of those that wait: one whose name servers are
 * slow neither holds up the others nor keeps them out. Locks inside; any
 * thread. */
#ifndef IDENTITY_DESK_H
#define IDENTITY_DESK_H

#include <stdbool.h>

#include "identity/question.h"

enum {
	DESK_THREADS = 64,	/* that may take questions */
	DESK_SHARE = DESK_THREADS / 4,
	DESK_WAITING = 1000,	/* questions at most */
	DESK_PLACES = DESK_WAITING / 16
};

struct desk;			/* opaque */

/* NULL: out of memory. Frees *d, which nobody uses any more, and clears it. */
struct desk *desk_new(void);
void	desk_free(struct desk **d);

/* false: as many are waiting already as may, of all or of its domain. */
bool	desk_put(struct desk *d, const struct question *q);

/* Waits for a question whose domain has not its share yet. seat, a number of
 * the thread's own below DESK_THREADS, has it until it is desk_done(). */
void	desk_take(struct desk *d, unsigned seat, struct question *out);
void	desk_done(struct desk *d, unsigned seat);

/* The same without waiting. false: there is none. */
bool	desk_try(struct desk *d, unsigned seat, struct question *out);

#endif
