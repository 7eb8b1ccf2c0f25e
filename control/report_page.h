/* SPDX-License-Identifier: ISC
 * control/report_page.h - what greyctl report shows, and its two forms.
 *
 * Texts of strangers are printed inert: as control/print.h does it, and in HTML
 * escaped and isolated. Owned by one thread. */
#ifndef CONTROL_REPORT_PAGE_H
#define CONTROL_REPORT_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "control/ctl.h"
#include "journal/report.h"

/* The store's size in an hour, and what was decided in it. */
struct report_growth {
	int64_t		at;		/* seconds */
	uint64_t	records, bytes;
	uint64_t	decided[3];	/* pass, defer, reject */
};

struct report_page {
	const struct report_summary *now, *before;	/* before: of the period of the
					 * same length before it */
	const struct report_growth *growth;	/* in order; may be none */
	size_t		 n_growth;
	size_t		 top;		/* senders, rules, entries to show */
	int64_t		 made;		/* seconds */
	const char	*note;		/* what is not in it, or NULL */
};

/* For people on a terminal, by ctl->out and the tables of control/table.h. */
void	report_print_text(const struct ctl *ctl, const struct report_page *p);

/* One file without anything else: inline style and SVG, no script. */
void	report_print_html(FILE *out, const struct report_page *p);

/* The same facts as a JSON value, to be freed. */
struct json *report_json(const struct report_page *p);

#endif
