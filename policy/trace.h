/* SPDX-License-Identifier: ISC
 * policy/trace.h - who is told of each step of a decision, and what it looked
 * at. An attempt that has one is a dry run (policy_explain()): mail has none.
 *
 * Owned by the thread that decides. */
#ifndef POLICY_TRACE_H
#define POLICY_TRACE_H

#include <stdint.h>

enum trace_event {
	TRACE_STEP,		/* this step begins */
	TRACE_SAW,		/* a sentence: what it looked at */
	TRACE_GOES_ON,		/* it has not decided */
	TRACE_DECIDES,		/* it has */
	TRACE_NOT_ASKED		/* this step: an earlier one has decided */
};

struct trace {
	/* text: the step's name, or the sentence; "" with the two ends. */
	void	(*tell)(void *arg, enum trace_event what, const char *text);
	void	*arg;
};

/* t is never NULL: whoever tells looks first, so that mail pays for no more. */
void	trace_tell(const struct trace *t, enum trace_event what,
	    const char *text);

/* A sentence. Of texts from outside nothing is cut. */
void	trace_say(const struct trace *t, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* "42s", "4m50s", "23h55m", "35d"; below zero counts as 0. */
enum { TRACE_SPAN_SIZE = 48 };
const char *trace_span(int64_t seconds, char out[TRACE_SPAN_SIZE]);

#endif
