/* SPDX-License-Identifier: ISC
 * journal/rewrite_io.h - the lines of one file, one after the other, and another
 * file that takes some of them. For rewrite_file.c; owned by one thread. */
#ifndef JOURNAL_REWRITE_IO_H
#define JOURNAL_REWRITE_IO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct rewrite_in;		/* opaque */

/* From the start of an open file, which stays the caller's. 0; -1: e. */
int	rewrite_in_open(struct rewrite_in **out, int fd, const char *path,
	    struct err *e);
void	rewrite_in_close(struct rewrite_in **in);
bool	rewrite_in_is_compressed(const struct rewrite_in *in);

/* The next line, ended by NUL in place of its newline, good until the next call;
 * at the file's end one without a newline only if `rest`. 1; 0 there is none by
 * now; -1: e. */
int	rewrite_in_next(struct rewrite_in *in, bool rest, const char **line,
	    size_t *len, struct err *e);

struct rewrite_out;		/* opaque */

/* A new file of mode 0600. 0; -1: errno tells, there is none. */
int	rewrite_out_open(struct rewrite_out **out, const char *path,
	    bool compressed);
void	rewrite_out_close(struct rewrite_out **out);
int	rewrite_out_fd(const struct rewrite_out *out);

/* Hands the descriptor over, which appends. */
int	rewrite_out_take(struct rewrite_out *out);

/* Adds a line and its newline. 0; -1: errno tells. */
int	rewrite_out_line(struct rewrite_out *out, const char *line, size_t len);

/* What was added so far is handed to the system, as far as compression lets it be.
 * 0; -1: errno tells. */
int	rewrite_out_flush(struct rewrite_out *out);

/* The same of all of it; nothing is added any more. 0; -1: errno tells. */
int	rewrite_out_end(struct rewrite_out *out);

#endif
