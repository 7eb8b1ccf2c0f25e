/* SPDX-License-Identifier: ISC
 * milter/drain.h - counts the callbacks that are inside, so that a stop can let
 * them finish before the store closes. Locks inside; any thread. */
#ifndef MILTER_DRAIN_H
#define MILTER_DRAIN_H

#include <stdbool.h>

struct drain;

struct drain *drain_new(void);		/* NULL: out of memory */
void	drain_free(struct drain **d);

/* false: we are stopping, do not touch what is being closed. True must be
 * followed by drain_leave(). */
bool	drain_enter(struct drain *d);
void	drain_leave(struct drain *d);

/* From now on nobody enters. */
void	drain_stop(struct drain *d);

/* Waits until all have left, at most so long. false: some are still inside. */
bool	drain_wait(struct drain *d, int seconds);

#endif
