/* SPDX-License-Identifier: ISC
 * control/glyph.h - what a text looks like on a terminal, a character at a time.
 *
 * Pure but for the locale, which decides how wide a character is; any thread. */
#ifndef CONTROL_GLYPH_H
#define CONTROL_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

struct glyph {
	size_t	bytes;		/* of the text */
	size_t	columns;	/* of the terminal */
	bool	escaped;	/* each byte is to be shown as \xHH */
};

/* The first character of a text that is not empty. Escaped: what moves the cursor,
 * turns the text around, cannot be seen or is not UTF-8. */
struct glyph glyph_at(const char *text);

#endif
