/* SPDX-License-Identifier: ISC
 * whitelist/comment.h - what a comment of greyctl's export tells of the entry
 * in the line behind it:
 *
 *	# note="ticket 4711" who="ann" created=... expires=2026-01-02T03:04:05Z
 *	domain example.org
 *
 * Pure; any thread. */
#ifndef WHITELIST_COMMENT_H
#define WHITELIST_COMMENT_H

#include <stdbool.h>
#include <stdint.h>

struct comment {
	char	*note, *who;		/* NULL: not told */
	int64_t	 expires;		/* seconds; INT64_MAX: never */
};

/* Fills in what the text of a comment tells, without its '#'; an ordinary one
 * tells nothing. An end is a time as above, a date (its first second, in UTC)
 * or "never". False: it has an "expires=" that does not count, since it is none
 * of these or does not stand at the start. */
bool	comment_read(const char *text, struct comment *c);

/* Whether a comment seems to tell of an end. */
bool	comment_has_end(const char *text);

void	comment_clear(struct comment *c);

#endif
