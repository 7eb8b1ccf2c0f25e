/* SPDX-License-Identifier: ISC
 * journal/rewrite_file.h - one file of a journal, written anew beside itself and
 * put in its place. For rewrite.c; owned by one thread. */
#ifndef JOURNAL_REWRITE_FILE_H
#define JOURNAL_REWRITE_FILE_H

#include "journal/rewrite.h"

struct rewrite_file;		/* opaque */

/* 1 opened; 0 there is none (any more), or it is no file; -1: e. */
int	rewrite_file_open(struct rewrite_file **out, const char *path,
	    struct err *e);
void	rewrite_file_close(struct rewrite_file **f);

const struct stat *rewrite_file_stat(const struct rewrite_file *f);

/* Whether a line of it is to be left out. 1, 0, -1: e. */
int	rewrite_file_concerns(struct rewrite_file *f, const struct rewrite *r,
	    struct err *e);

/* Writes what stays beside it, up to the present end of the file. 0; -1: e. */
int	rewrite_file_copy(struct rewrite_file *f, const struct rewrite *r,
	    struct err *e);

/* And what has come since; a last line without an end gets one. 0; -1: e. */
int	rewrite_file_finish(struct rewrite_file *f, const struct rewrite *r,
	    struct err *e);

/*
 * Puts the copy in its place, or with nothing in it removes the file, unless it is
 * `current`. 1 done; 0: another file is at the path by now, and still is; -1: e.
 * fd: NULL, or set to the copy, opened to append, which is the caller's then.
 */
int	rewrite_file_replace(struct rewrite_file *f, bool current, int *fd,
	    struct err *e);

/* How many lines were left out of the copy, and how many are in it. */
uint64_t rewrite_file_left_out(const struct rewrite_file *f);
uint64_t rewrite_file_stayed(const struct rewrite_file *f);

/* The copy, once it is finished. */
const struct stat *rewrite_file_made(const struct rewrite_file *f);

/* Removes what a process that was killed left beside the files of the journal at
 * `path`. */
void	rewrite_file_clean(const char *path);

#endif
