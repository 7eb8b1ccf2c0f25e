/* SPDX-License-Identifier: ISC
 * base/conf_scan.h - the words of a configuration file and where they stand.
 *
 * Comes before libconfuse's own scanner, which miscounts lines after
 * comments, refuses comments inside lists, ends a string at "\x00", replaces
 * "${HOME}" and passes over characters it does not know. The text that this
 * one has cleaned holds none of that.
 *
 * For base/conf*.c only. Owned by one reading of a file. */
#ifndef BASE_CONF_SCAN_H
#define BASE_CONF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf_mistakes.h"

/* The kind is '{', '}', '(', ')', '=', ',', '+' for "+=", 'w' for a word, quoted or not,
 * and 0 for the end of the file. */
struct conf_token {
	char		kind;
	unsigned	line;
	size_t		start, end;	/* in the text, with the quotes */
	size_t		word, len;	/* without them */
	bool		bad;		/* a word that has been complained of */
};

struct conf_tokens {
	struct conf_token *list;	/* the last one has kind 0 */
	size_t		   used, size;
};

/*
 * Finds the tokens of text[0..len), blanking comments and the CR of CRLF in
 * it. Adds a mistake for each word with a character that has no place in it.
 * 0: done. -1: a comment without an end, or no memory (added as well); the
 * tokens are of no use.
 * Either way conf_tokens_clear() is due.
 */
int	conf_scan(char *text, size_t len, struct conf_tokens *out,
	    struct conf_mistakes *m);

void	conf_tokens_clear(struct conf_tokens *t);

#endif
