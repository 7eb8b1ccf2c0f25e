/* SPDX-License-Identifier: ISC
 * recipient/stamp.h - what a file looks like from outside, so that a change of
 * it is seen without reading it; and the opening of it, if it is a file.
 *
 * Plain values, any thread. */
#ifndef RECIPIENT_STAMP_H
#define RECIPIENT_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct stamp {
	uint64_t	dev, ino;
	int64_t		size;
	int64_t		seconds, nanos;		/* of the last change */
	uint32_t	mode;
};

/* Looks at a path. 0; -1 there is nothing that could be read: e. */
int	stamp_look(const char *path, struct stamp *out, struct err *e);

/* Looks at an open file. Cannot fail but for our own mistakes. */
void	stamp_of(int fd, struct stamp *out);

/* Opens a file for reading; never a device, or a pipe that would be waited for.
 * The descriptor, to be closed; -1: e. */
int	stamp_open(const char *path, struct stamp *out, struct err *e);

bool	stamp_is(const struct stamp *a, const struct stamp *b);

#endif
