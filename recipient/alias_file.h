/* SPDX-License-Identifier: ISC
 * recipient/alias_file.h - the names that an alias file gives mailboxes to
 * (aliases(5) of Postfix and of Sendmail, the text form).
 *
 * Locks inside; any thread. */
#ifndef RECIPIENT_ALIAS_FILE_H
#define RECIPIENT_ALIAS_FILE_H

#include <stdbool.h>

#include "base/err.h"

struct alias_file;		/* opaque */

/*
 * Reads the names on the left of the colons; comments, continued lines and
 * lines without a colon have none. 0; -1 it cannot be read: e says what to do.
 */
int	alias_file_open(const char *path, struct alias_file **out,
	    struct err *e);
void	alias_file_close(struct alias_file **f);	/* clears the pointer */

/*
 * Whether it has a name, as address_make() gives a local part; in any case
 * (ASCII), as MTAs fold it. Looks at the file first, and reads it again if it
 * has changed; one that is missing, cannot be read, or is empty (as it is for a
 * moment while it is written) leaves the names as they were.
 */
bool	alias_file_has(struct alias_file *f, const char *name);

/* Calls each() for every name, until it returns false; no lock is held. */
typedef bool (*alias_file_each_fn)(const char *name, void *arg);
void	alias_file_walk(struct alias_file *f, alias_file_each_fn each,
	    void *arg);

#endif
