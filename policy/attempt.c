/* SPDX-License-Identifier: ISC
 * policy/attempt.c - the patience that is left to an attempt. */
#include "policy/attempt.h"

#include "base/clock.h"

enum { LONGEST_MILLIS = 60000 };

int
attempt_wait_ms(const struct attempt *a)
{
	int64_t	left = (a->deadline - clock_monotonic_micros()) / 1000;

	return left <= 0 ? 0 : left < LONGEST_MILLIS ? (int)left : LONGEST_MILLIS;
}
