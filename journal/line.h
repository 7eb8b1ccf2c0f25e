/* SPDX-License-Identifier: ISC
 * journal/line.h - one decision, or one event, as a line of JSON. Pure; any thread. */
#ifndef JOURNAL_LINE_H
#define JOURNAL_LINE_H

#include <stddef.h>

#include "journal/journal.h"

/* The line, with its newline; free() it. *len: its length. NULL: out of
 * memory. */
char	*line_format(const struct journal_line *line, size_t *len);
char	*line_format_event(const struct journal_event *event, size_t *len);

#endif
