/* SPDX-License-Identifier: ISC
 * control/import_file.h - a file of whitelist entries, with what `greyctl
 * whitelist export` tells of each in the comment before it:
 *
 *	# note="ticket 4711" who="ann" created=... expires=2026-01-02T03:04:05Z
 *	domain example.org
 *
 * Whether a line is an entry is the daemon's to say. Owned by one thread. */
#ifndef CONTROL_IMPORT_FILE_H
#define CONTROL_IMPORT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct import_line {
	int64_t	 number;		/* in the file, from 1 */
	char	*entry;
	char	*note, *who;		/* NULL: not told */
	int64_t	 expires;		/* seconds; INT64_MAX: never */
};

struct import_file {
	struct import_line *lines;
	size_t		 n, room;
};

/* path "-": standard input. 0; -1 cannot be read: e. f is to be freed either
 * way. */
int	import_file_read(struct import_file *f, const char *path,
	    struct err *e);
void	import_file_free(struct import_file *f);

/* Fills in what the text of a comment tells, without its '#'; an ordinary one
 * tells nothing. */
void	import_comment(const char *text, struct import_line *line);

#endif
