/* SPDX-License-Identifier: ISC
 * journal/reader.h - the lines of a journal in the order of time: of what log
 * rotation left beside it (PATH.3.gz, PATH.1, PATH-20260102.gz ...) and of PATH.
 *
 * Reads files only, in pieces, compressed ones by zlib; owned by one thread. */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct journal_reader;		/* opaque */

/* Milliseconds since the epoch: from, and before until. */
struct journal_span {
	int64_t	from, until;	/* INT64_MIN, INT64_MAX: open */
};

/*
 * Opens the files of a journal that may have lines in the span, the oldest
 * first. A file that is rotated away meanwhile is read to its end.
 * 0; -1: there is none, or one cannot be read: e says which, and what to do.
 */
int	journal_reader_open(struct journal_reader **out, const char *path,
	    const struct journal_span *span, struct err *e);
void	journal_reader_close(struct journal_reader **r);

/*
 * The next line, without its newline, good until the next call. Lines outside
 * the span may come as well. A last line without a newline comes too: it may be
 * torn. 1; 0: that was all; -1: a file cannot be read, e; the call after goes on
 * with the next file.
 */
int	journal_reader_next(struct journal_reader *r, const char **line,
	    size_t *len, struct err *e);

/* Said before the first line: PATH will be waited for, so that the last line of it
 * comes only when it is whole. */
void	journal_reader_follow(struct journal_reader *r);

/* How often another file was found at PATH while it was followed. One that was
 * rewritten has lines that came before. */
unsigned journal_reader_switches(const struct journal_reader *r);

/* After 0: waits until there is more, also in a new file at PATH, or for millis
 * at most. Whether the next call may bring a line. */
bool	journal_reader_wait(struct journal_reader *r, int millis);

/* The paths that belong to a journal now, oldest first, PATH itself last (also if
 * it is not there). *n of them, to be freed one by one and the array. 0; -1. */
int	journal_files(const char *path, char ***out, size_t *n, struct err *e);

#endif
