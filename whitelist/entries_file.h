/* SPDX-License-Identifier: ISC
 * whitelist/entries_file.h - a file of greygate.whitelist(5): one entry a line,
 * "#" begins a comment; one of whitelist/comment.h tells note and end of the
 * entry behind it. */
#ifndef WHITELIST_ENTRIES_FILE_H
#define WHITELIST_ENTRIES_FILE_H

#include "base/conf.h"
#include "whitelist/view.h"

/* Takes over one reference to each entry, in the file's order. -1: out of
 * memory. */
typedef int (*entries_file_fn)(struct listed **entry, void *arg);

struct entries_file {
	enum entry_origin origin;
	entries_file_fn	 add;
	void		*arg;
	conf_report_fn	 each;		/* each mistake, and each end that does
					 * not count; may be NULL */
	void		*each_arg;
};

/* 0; -1: cannot be read ("SETTING: cannot read FILE: ..."), or a line is no
 * entry: e has the first mistake, "FILE:LINE: ...". */
int	entries_file_read(const char *path, const struct entries_file *f,
	    struct err *e);

/* Ends a line where its comment begins, or at its end of line. */
void	entries_file_strip(char *line);

#endif
