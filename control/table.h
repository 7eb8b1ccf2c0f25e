/* SPDX-License-Identifier: ISC
 * control/table.h - a table that fits the terminal.
 *
 * Rows are printed as they come: how wide a column is follows from ctl->columns,
 * not from what is in it. A longer text is cut, with an ellipsis at its end; in a
 * pipe (ctl->columns == 0) it is printed whole. Texts are escaped as print.h does
 * it. Owned by one thread. */
#ifndef CONTROL_TABLE_H
#define CONTROL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct ctl;

enum table_colour { TABLE_PLAIN, TABLE_GREEN, TABLE_YELLOW, TABLE_RED,
    TABLE_BLUE, TABLE_FAINT };

struct table_column {
	const char	*head;
	unsigned	 least;		/* its width */
	unsigned	 weight;	/* its share of what a wider terminal has;
					 * 0: none */
	bool		 right;		/* numbers end at one edge */
	enum table_colour (*colour)(const char *text);	/* NULL: plain */
	unsigned	 most;		/* it never grows beyond; 0: no limit */
};

enum { TABLE_COLUMNS = 16 };

struct table {
	const struct ctl *ctl;
	const struct table_column *columns;	/* borrowed */
	size_t		 n;
	unsigned	 widths[TABLE_COLUMNS];
	bool		 headed;
};

/* n columns, TABLE_COLUMNS at most. Prints nothing yet. */
void	table_new(struct table *t, const struct ctl *ctl,
	    const struct table_column *columns, size_t n);

/* Prints a row, before the first one the heads. A text that is NULL is "-". */
void	table_row(struct table *t, const char *const *texts);

/* Prints the heads if there was no row. */
void	table_end(struct table *t);

/* One text in `width` columns, cut to them; filled up to them if `fill`. */
void	table_cell(const struct ctl *ctl, const char *text, unsigned width,
	    bool fill);

/* The text, whole, in a colour if ctl->colours. */
void	table_paint(const struct ctl *ctl, enum table_colour colour,
	    const char *text);

/* The colour of "pass", "defer", "reject" and of an event. */
enum table_colour table_verdict(const char *verdict);

#endif
