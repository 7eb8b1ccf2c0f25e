/* SPDX-License-Identifier: ISC
 * journal/find.h - one line of the journal by its id.
 *
 * Reads files only; any thread. */
#ifndef JOURNAL_FIND_H
#define JOURNAL_FIND_H

#include "base/err.h"
#include "base/json.h"

/* Looks in the journal at path, and in what logrotate(8) left beside it, compressed
 * or not, for the decision of this id.
 * 1: *out is the line, to be freed with json_free(); 0: it is not there; -1: a
 * file cannot be read, e tells. Reads in pieces; 1 GB takes seconds. */
int	journal_find(const char *path, const char *id, struct json **out,
	    struct err *e);

#endif
