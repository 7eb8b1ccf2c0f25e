/* SPDX-License-Identifier: ISC
 * base/conf_whole.h - what is to be said of several settings together, once all
 * of them are read.
 *
 * For base/conf*.c only. Owned by one reading of a file. */
#ifndef BASE_CONF_WHOLE_H
#define BASE_CONF_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf.h"
#include "base/conf_mistakes.h"
#include "base/conf_table.h"

/* The line each row was given in; 0: its default holds. One for what has no
 * title, and one for each titled section. */
struct conf_lines {
	const struct conf_section *section;	/* a titled one; NULL */
	size_t		index;			/* in its array */
	unsigned	line[CONF_ROWS];
	bool		odd;			/* a mistake in one of them */
};

struct conf_given {
	struct conf_lines *list;	/* the first has no title */
	size_t		   used, size;
	bool		   odd_domains;	/* a mistake in local-domains itself */
};

/* Appends one without a line in it. NULL: out of memory. */
struct conf_lines *conf_given_add(struct conf_given *g,
	    const struct conf_section *section, size_t index);
void	conf_given_clear(struct conf_given *g);

/* Adds a mistake for settings that do not go together. */
void	conf_whole_check(const struct conf *c, const struct conf_given *given,
	    struct conf_mistakes *m);

/* A default path that does not exist counts as none, and what a rule was not
 * given follows from its action. Out of memory is added as a mistake. */
void	conf_whole_settle(struct conf *c, const struct conf_given *given,
	    struct conf_mistakes *m);

#endif
