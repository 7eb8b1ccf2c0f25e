/* SPDX-License-Identifier: ISC
 * journal/query_private.h - for journal/query*.c. */
#ifndef JOURNAL_QUERY_PRIVATE_H
#define JOURNAL_QUERY_PRIVATE_H

#include "journal/query.h"

enum { NEEDLES = 10 };

/* Bytes that a line must have to be meant. */
struct needle {
	char	*text;
	size_t	 len;
	bool	 any_case;		/* then text is in lower case */
};

struct query {
	struct query_wish wish;
	struct needle	 needle[NEEDLES];
	size_t		 n;
};

/* As query_match(); -1: a torn line. */
int	query_look(const struct query *q, const char *line, size_t len,
	    struct journal_entry *out);

/* Where the text of a key begins; *room: bytes behind it. NULL: it has none. */
const char *query_text_behind(const char *line, size_t len, const char *key,
	    size_t *room);

#endif
