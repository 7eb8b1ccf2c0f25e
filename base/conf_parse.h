/* SPDX-License-Identifier: ISC
 * base/conf_parse.h - from the text of a configuration file to its settings,
 * by libconfuse, whose header no other file includes.
 *
 * libconfuse's scanner keeps its state in globals: one thread at a time.
 * For base/conf*.c only. */
#ifndef BASE_CONF_PARSE_H
#define BASE_CONF_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf_table.h"
#include "base/err.h"

struct conf_setting {
	const struct conf_section *section;
	const struct conf_row	*row;	/* NULL: a titled section begins */
	char			*text;	/* the value or the title; NULL: an
					 * empty list */
	bool			 first;	/* the first value of its statement */
	unsigned		 line;	/* of the value; 0: an empty list */
};

struct conf_settings {
	struct conf_setting	*list;	/* what a title is of comes after it */
	size_t			 used, size;
};

/*
 * Parses a text that conf_outline() has passed and that ends with a NUL.
 * 0: done. -1: out of memory, or a syntax the outline let through; e tells.
 * Either way conf_settings_clear() is due.
 */
int	conf_parse(const char *text, struct conf_settings *out, struct err *e);

void	conf_settings_clear(struct conf_settings *s);

#endif
