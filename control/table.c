/* SPDX-License-Identifier: ISC
 * control/table.c - columns, cut and coloured. */
#include "control/table.h"

#include <assert.h>
#include <langinfo.h>
#include <string.h>

#include "control/ctl.h"
#include "control/glyph.h"
#include "control/print.h"

/* Marks above and below letters take no room: at most as many for each column. */
enum { MARKS = 4, NARROWEST = 3 };

/* How much of a text has room. */
struct fit {
	size_t	bytes, columns;
	bool	whole;
};

static struct fit
fit(const char *text, size_t width)
{
	struct fit	f = { .bytes = 0 };
	struct glyph	g;
	size_t		glyphs = 0;

	for (; text[f.bytes] != '\0'; f.bytes += g.bytes) {
		g = glyph_at(text + f.bytes);
		if (f.columns + g.columns > width ||
		    ++glyphs > (MARKS + 1) * width)
			return f;
		f.columns += g.columns;
	}
	f.whole = true;
	return f;
}

static void
pad(FILE *out, size_t columns, size_t width)
{
	for (; columns < width; columns++)
		(void)fputc(' ', out);
}

/* What has room, with an ellipsis if it is not all; padded on one side or, where
 * side is 0, on none. */
static void
print_fitting(const struct ctl *ctl, const char *text, size_t width, int side)
{
	const char	*dots = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ?
			    "\u2026" : "...";
	size_t		 taken = dots[0] == '.' ? 3 : 1;
	struct fit	 f = fit(text, ctl->columns == 0 ? SIZE_MAX / 8 :
			    width);
	struct glyph	 g;

	if (f.whole)
		taken = 0;
	else {
		taken = taken > width ? width : taken;
		f = fit(text, width - taken);
	}
	if (side < 0)
		pad(ctl->out, f.columns + taken, width);
	for (size_t i = 0; i < f.bytes; i += g.bytes) {
		g = glyph_at(text + i);
		print_glyph(ctl->out, text + i, &g);
	}
	if (taken > 0)
		(void)fprintf(ctl->out, "%.*s", dots[0] == '.' ? (int)taken :
		    (int)strlen(dots), dots);
	if (side > 0)
		pad(ctl->out, f.columns + taken, width);
}

void
table_cell(const struct ctl *ctl, const char *text, unsigned width, bool fill)
{
	print_fitting(ctl, text, width, fill ? 1 : 0);
}

static void
colour(const struct ctl *ctl, enum table_colour which)
{
	static const char *const	codes[] = {
		[TABLE_PLAIN] = "0", [TABLE_GREEN] = "32",
		[TABLE_YELLOW] = "33", [TABLE_RED] = "31",
		[TABLE_BLUE] = "34", [TABLE_FAINT] = "2",
	};

	if (ctl->colours)
		(void)fprintf(ctl->out, "\033[%sm", codes[which]);
}

void
table_paint(const struct ctl *ctl, enum table_colour which, const char *text)
{
	if (which != TABLE_PLAIN)
		colour(ctl, which);
	(void)print_text(ctl->out, text);
	if (which != TABLE_PLAIN)
		colour(ctl, TABLE_PLAIN);
}

enum table_colour
table_verdict(const char *verdict)
{
	static const struct { const char *name; enum table_colour colour; }
	    known[] = {
		{ "pass", TABLE_GREEN }, { "defer", TABLE_YELLOW },
		{ "reject", TABLE_RED },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(verdict, known[i].name) == 0)
			return known[i].colour;
	return TABLE_BLUE;
}

static unsigned
sum(const struct table *t)
{
	unsigned	all = (unsigned)t->n - 1;	/* between columns */

	for (size_t i = 0; i < t->n; i++)
		all += t->widths[i];
	return all;
}

/* A terminal that is narrower than the table: the widest columns give. */
static void
shrink(struct table *t, unsigned over)
{
	size_t	widest;

	for (; over > 0; over--) {
		widest = 0;
		for (size_t i = 1; i < t->n; i++)
			if (t->widths[i] > t->widths[widest])
				widest = i;
		if (t->widths[widest] <= NARROWEST)
			return;
		t->widths[widest]--;
	}
}

/* Which column is to grow by one: the one that lags most behind its weight; n:
 * none may. */
static size_t
hungriest(const struct table *t)
{
	const struct table_column *c = t->columns;
	size_t			 best = t->n;
	unsigned		 grown, most = 0;

	for (size_t i = 0; i < t->n; i++) {
		grown = t->widths[i] - c[i].least;
		if (c[i].weight == 0 ||
		    (c[i].most != 0 && t->widths[i] >= c[i].most))
			continue;
		if (best == t->n || grown * c[best].weight < most * c[i].weight) {
			best = i;
			most = grown;
		}
	}
	return best;
}

/* What is left over goes to the columns by their weights. */
static void
widen(struct table *t, unsigned room)
{
	size_t	i;

	for (; room > 0 && (i = hungriest(t)) < t->n; room--)
		t->widths[i]++;
}

void
table_new(struct table *t, const struct ctl *ctl,
    const struct table_column *columns, size_t n)
{
	unsigned	all;

	assert(n > 0 && n <= TABLE_COLUMNS);
	*t = (struct table){ .ctl = ctl, .columns = columns, .n = n };
	for (size_t i = 0; i < n; i++)
		t->widths[i] = columns[i].least;
	all = sum(t);
	if (ctl->columns == 0)
		return;
	if (all > ctl->columns)
		shrink(t, all - ctl->columns);
	else
		widen(t, ctl->columns - all);
}

static void
print_one(const struct table *t, size_t i, const char *text, bool head)
{
	const struct table_column *c = &t->columns[i];
	enum table_colour	 which = head || c->colour == NULL ?
				    TABLE_PLAIN : c->colour(text);

	if (i > 0)
		(void)fputc(' ', t->ctl->out);
	if (which != TABLE_PLAIN)
		colour(t->ctl, which);
	print_fitting(t->ctl, text, t->widths[i], c->right ? -1 :
	    i + 1 < t->n ? 1 : 0);
	if (which != TABLE_PLAIN)
		colour(t->ctl, TABLE_PLAIN);
}

static void
print_heads(struct table *t)
{
	if (t->headed)
		return;
	t->headed = true;
	for (size_t i = 0; i < t->n; i++)
		print_one(t, i, t->columns[i].head, true);
	(void)fputc('\n', t->ctl->out);
}

void
table_row(struct table *t, const char *const *texts)
{
	print_heads(t);
	for (size_t i = 0; i < t->n; i++)
		print_one(t, i, texts[i] == NULL ? "-" : texts[i], false);
	(void)fputc('\n', t->ctl->out);
}

void
table_end(struct table *t)
{
	print_heads(t);
}
