/* SPDX-License-Identifier: ISC
 * journal/entry.h - a line of the journal, read back. Pure; any thread. */
#ifndef JOURNAL_ENTRY_H
#define JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "journal/journal.h"

struct journal_entry {
	struct journal_line line;	/* what the line has; NULL, -1: null, or
					 * not there. Texts are of `json` */
	const char	*event, *why;	/* of an event; then line.verdict and
					 * line.reason are NULL */
	const char	*text;		/* the line itself, borrowed, no newline */
	size_t		 len;
	struct json	*json;
};

/* Reads one line (without its newline; borrowed until entry_clear()). 0; -1: it
 * is torn, or no line of a journal: nothing is held. */
int	journal_entry_read(struct journal_entry *out, const char *text,
	    size_t len);
void	journal_entry_clear(struct journal_entry *e);

/* "2026-01-02T03:04:05.678Z" at the start of len bytes: 0, or -1. */
int	journal_entry_time(const char *text, size_t len, int64_t *millis);

#endif
