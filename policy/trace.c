/* SPDX-License-Identifier: ISC
 * policy/trace.c - sentences about a decision. */
#include "policy/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
trace_tell(const struct trace *t, enum trace_event what, const char *text)
{
	t->tell(t->arg, what, text);
}

void
trace_say(const struct trace *t, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	t->tell(t->arg, TRACE_SAW, text == NULL ? "out of memory for what it "
	    "looked at" : text);
	free(text);
}

const char *
trace_span(int64_t seconds, char out[TRACE_SPAN_SIZE])
{
	static const struct {
		int64_t	size;
		char	unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t	i = 0;
	int64_t	rest;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < units[i].size)
		i++;
	rest = i < 3 ? seconds % units[i].size / units[i + 1].size : 0;
	if (rest > 0)
		(void)snprintf(out, TRACE_SPAN_SIZE, "%" PRId64 "%c%" PRId64
		    "%c", seconds / units[i].size, units[i].unit, rest,
		    units[i + 1].unit);
	else
		(void)snprintf(out, TRACE_SPAN_SIZE, "%" PRId64 "%c",
		    seconds / units[i].size, units[i].unit);
	return out;
}
