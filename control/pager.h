/* SPDX-License-Identifier: ISC
 * control/pager.h - long output on a terminal goes through the user's pager.
 *
 * The only reader of the environment. One pager at a time, in greyctl's one
 * thread. */
#ifndef CONTROL_PAGER_H
#define CONTROL_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

#include "control/ctl.h"

/* What $PAGER says, or what the system has; NULL: no pager is wanted. For
 * ctl->pager. */
const char *pager_command(void);

/* Whether $NO_COLOR and $TERM allow colours. For ctl->colours. */
bool	pager_allows_colours(void);

struct pager {
	struct ctl	ctl;		/* as it was, out is the pager's */
	const struct ctl *whole;
	pid_t		pid;		/* 0: none */
};

/* Starts a pager if ctl->pager has one and the output is a terminal. What is to
 * be printed from then on goes by the ctl that is returned. */
const struct ctl *pager_begin(struct pager *p, const struct ctl *ctl);

/* Waits until it was left. A reader that left early is no failure: the exit code
 * is `code`, or CTL_FAILED where the output cannot be written. */
int	pager_end(struct pager *p, int code);

#endif
