/* SPDX-License-Identifier: ISC
 * control/top_show.h - one page of greyctl top. */
#ifndef CONTROL_TOP_SHOW_H
#define CONTROL_TOP_SHOW_H

#include "control/table.h"
#include "control/top_facts.h"

/* A line for whoever prints it: no newline, nothing that steers a terminal. */
typedef void (*top_line_fn)(void *arg, enum table_colour colour,
	    const char *text);

/* rows: how many lines there is room for; 0: ten of the journal. */
void	top_show(const struct top_facts *f, int64_t now, unsigned rows,
	    top_line_fn line, void *arg);

#endif
