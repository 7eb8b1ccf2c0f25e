/* SPDX-License-Identifier: ISC
 * control/ctl_tail.h - the last lines of many. Owned by one thread. */
#ifndef CONTROL_CTL_TAIL_H
#define CONTROL_CTL_TAIL_H

#include <stddef.h>

struct tail {
	size_t	 limit;		/* set by its owner; the rest is zero at first */
	char	**lines;
	size_t	 room, n, first;
};

/* Keeps a copy of the line, without its newline; the oldest goes when there are
 * `limit`. 0; -1 out of memory. */
int	tail_push(struct tail *t, const char *line, size_t len);

/* The i-th that is kept, the oldest is 0. */
const char *tail_at(const struct tail *t, size_t i);

void	tail_free(struct tail *t);

#endif
