/* SPDX-License-Identifier: ISC
 * journal/rewrite.h - leaves lines out of all files of a journal, while it is being
 * written. Any thread; one call at a time, the next one waits. */
#ifndef JOURNAL_REWRITE_H
#define JOURNAL_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "journal/journal.h"

/* What is to be done with a file, before it is read. */
enum rewrite_plan { REWRITE_READ, REWRITE_LEAVE, REWRITE_REMOVE };

struct rewrite {
	/* NULL: each is read. One that is written to is never removed. */
	enum rewrite_plan (*plan)(const struct stat *st, void *arg);
	/* Whether a line stays; without its newline, ended by NUL. Asked in the
	 * order of a file, which begins with nth 0, more than once for one line. */
	bool	(*stays)(const char *line, size_t len, uint64_t nth, void *arg);
	/* NULL; whether the rest of a file is not to be looked at, once nothing was
	 * left out so far: true ends it. */
	bool	(*ends)(void *arg);
	void	*arg;
};

struct rewritten {
	uint64_t	lines;		/* that were left out */
	unsigned	files;		/* that had such lines, or were removed */
	unsigned	removed;	/* of these */
};

/*
 * Each file is written anew beside itself, flushed to the disk, and takes the place
 * of the old one: mode, owner and time stay, and what is compressed stays so.
 * One with nothing left is removed, or emptied if it is written to. No line that
 * stays is lost, whenever this process ends, and whatever is rotated meanwhile.
 *
 * 0; -1: some files are as they were: e tells of the first, and what to do; *out
 * counts what was done nevertheless.
 */
int	journal_rewrite(struct journal *j, const struct rewrite *r,
	    struct rewritten *out, struct err *e);

#endif
