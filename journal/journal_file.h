/* SPDX-License-Identifier: ISC
 * journal/journal_file.h - the file that the journal is written to.
 *
 * For journal.c, and for rewrite.c, which puts a shorter one in its place. Locks
 * inside; any thread. */
#ifndef JOURNAL_JOURNAL_FILE_H
#define JOURNAL_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/err.h"

struct journal_file;		/* opaque */

/* Opens or creates it, 0640; path "" is none. 0; -1: e. */
int	journal_file_open(struct journal_file **out, const char *path,
	    struct alarms *alarms, struct err *e);
void	journal_file_close(struct journal_file **f);

/* Appends whole lines. How many of them were lost; ALARM_JOURNAL tells. */
uint64_t journal_file_put(struct journal_file *f, const char *bytes,
	    size_t len);

/* A copy of its path; NULL: out of memory. */
char	*journal_file_path(struct journal_file *f);

/* Goes on in another file, or in the same one opened anew; between the two flush()
 * is called. 0; -1: goes on in the old one, e. */
int	journal_file_reopen(struct journal_file *f, const char *path,
	    void (*flush)(void *arg), void *arg, struct err *e);

/*
 * Nothing is written while replace() puts another file in the place of the one at
 * `path`, which is open as fd. 1: it did, and fd is now that one, opened to append,
 * which is taken over: lines go there from then on. What it returned; 0 without a
 * call: the journal is at another path.
 */
typedef int (*journal_replace_fn)(void *arg, int *fd, struct err *e);
int	journal_file_replace(struct journal_file *f, const char *path,
	    journal_replace_fn replace, void *arg, struct err *e);

#endif
