/* SPDX-License-Identifier: ISC
 * control/glyph.c - UTF-8, its dangers and its widths. */
#include "control/glyph.h"

#include <stdint.h>
#include <wchar.h>

enum { ESCAPE = 4 };		/* columns of "\xHH" */

/* The character at p and its length in bytes; 0 if it is not UTF-8. A byte
 * that does not continue, the final NUL among them, ends the look. */
static size_t
decode(const unsigned char *p, uint32_t *c)
{
	static const uint32_t	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 :
				    p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
				    p[0] < 0xf8 ? 4 : 0;

	if (n < 2) {
		*c = p[0];
		return n;
	}
	*c = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3fu);
	}
	return *c >= least[n] && *c <= 0x10ffff && (*c < 0xd800 ||
	    *c > 0xdfff) ? n : 0;
}

/* What moves the cursor, turns the text around or cannot be seen. */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || c >= 0xe0000;
}

/* What the locale does not know counts as one column. */
static size_t
columns_of(uint32_t c)
{
	int	n = c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return n < 0 ? 1 : (size_t)n;
}

struct glyph
glyph_at(const char *text)
{
	uint32_t	c;
	size_t		n = decode((const unsigned char *)text, &c);

	if (n > 0 && !is_unsafe(c))
		return (struct glyph){ .bytes = n, .columns = columns_of(c) };
	n = n == 0 ? 1 : n;
	return (struct glyph){ .bytes = n, .columns = ESCAPE * n,
	    .escaped = true };
}
