/* SPDX-License-Identifier: ISC
 * base/clock.c - the system clock behind clock.h. */
#include "base/clock.h"

#include <stdio.h>

static int64_t
system_millis(void *arg)
{
	struct timespec	t;

	(void)arg;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct clock
clock_system(void)
{
	return (struct clock){ .millis = system_millis };
}

int64_t
clock_millis(const struct clock *c)
{
	return c->millis(c->arg);
}

int64_t
clock_seconds(const struct clock *c)
{
	return c->millis(c->arg) / 1000;
}

int64_t
clock_monotonic_micros(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct timespec
clock_deadline(int millis)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += millis / 1000;
	t.tv_nsec += (long)(millis % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

void
clock_format(int64_t millis, char out[CLOCK_TEXT_SIZE])
{
	time_t		seconds = (time_t)(millis / 1000);
	struct tm	tm;
	char		day[24];

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		(void)snprintf(out, CLOCK_TEXT_SIZE, "unknown");
		return;
	}
	(void)snprintf(out, CLOCK_TEXT_SIZE, "%s.%03dZ", day,
	    (int)(millis % 1000));
}
