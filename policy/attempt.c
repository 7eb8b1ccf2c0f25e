/* SPDX-License-Identifier: ISC
 * policy/attempt.c - the patience that is left to an attempt, and its alarms. */
#include "policy/attempt.h"

#include "base/clock.h"
#include "policy/trace.h"

enum { LONGEST_MILLIS = 60000 };

int
attempt_wait_ms(const struct attempt *a)
{
	int64_t	left = (a->deadline - clock_monotonic_micros()) / 1000;

	return left <= 0 ? 0 : left < LONGEST_MILLIS ? (int)left : LONGEST_MILLIS;
}

void
attempt_alarm(const struct attempt *a, struct alarms *alarms,
    enum alarm_kind kind, int64_t now, const char *sentence)
{
	if (a->trace != NULL)
		trace_say(a->trace, "%s", sentence);
	else
		alarm_raise(alarms, kind, now, sentence);
}
