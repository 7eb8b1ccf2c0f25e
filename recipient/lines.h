/* SPDX-License-Identifier: ISC
 * recipient/lines.h - a text file line by line, as editors and exports of all
 * systems write it: LF or CR LF, a UTF-8 mark at the start, no end at the last.
 *
 * Owned by one thread. */
#ifndef RECIPIENT_LINES_H
#define RECIPIENT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { LINES_MAX = 64 * 1024 };		/* bytes of one line */

struct lines;			/* opaque */

struct line {
	char		*text;		/* ended; to be changed at will, until
					 * the next one is taken */
	size_t		 len;		/* may have NULs in it */
	uint64_t	 number;	/* from 1 */
};

/* Both are borrowed: the open file, and its name for sentences. NULL: out of
 * memory. */
struct lines *lines_new(int fd, const char *name);
void	lines_free(struct lines **l);

/* 1 a line, 0 there is none left, -1 it cannot be read, is too long, or in
 * another encoding than ASCII's kin: e, with the name. *passing (may be NULL):
 * with -1, whether it may go better next time. */
int	lines_next(struct lines *l, struct line *out, bool *passing,
	    struct err *e);

#endif
