/* SPDX-License-Identifier: ISC
 * whitelist/asked.h - a text of an attempt in the form in which entries are
 * held: lower case, no dot at the end.
 *
 * Plain values; any thread. */
#ifndef WHITELIST_ASKED_H
#define WHITELIST_ASKED_H

#include <stdbool.h>

enum { ASKED_MAX = 640 };	/* longer texts are those of no entry */

struct asked {
	unsigned short	len;	/* 0: not known, empty or too long */
	unsigned short	domain;	/* where an address's domain begins; or len */
	char		text[ASKED_MAX + 1];
};

/* text may be NULL. */
void	asked_name(struct asked *a, const char *text);
void	asked_address(struct asked *a, const char *text);

/* Whether text[0..len) of an entry is a's last len bytes, and all of it or what
 * follows a dot. */
bool	asked_is_below(const struct asked *a, const char *text, unsigned len);

#endif
