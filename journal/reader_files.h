/* SPDX-License-Identifier: ISC
 * journal/reader_files.h - the files of a journal, opened, in the order of what they
 * hold. For journal/reader.c. */
#ifndef JOURNAL_READER_FILES_H
#define JOURNAL_READER_FILES_H

#include <sys/types.h>

#include "journal/gzfile.h"
#include "journal/reader.h"

struct reader_file {
	char		*path;
	struct gzfile	*gz;		/* open at its start, as long as not read */
	int64_t		 first;		/* milliseconds: its first line; INT64_MAX:
					 * none can be read */
	int64_t		 changed;	/* milliseconds: the last write to it */
	dev_t		 dev;
	ino_t		 ino;
};

struct reader_files {
	struct reader_file *at;
	size_t		 n, room;
};

/*
 * Opens them all, as they were at one moment: a rotation that comes in between makes
 * it begin anew. PATH's own comes last. 0; -1: one cannot be read, or memory, e.
 */
int	reader_files_open(struct reader_files *f, const char *path,
	    struct err *e);
void	reader_files_close(struct reader_files *f);

#endif
