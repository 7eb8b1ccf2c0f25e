/* SPDX-License-Identifier: ISC
 * base/clock.h - the only place that asks what time it is.
 *
 * A struct clock is passed down to whoever needs one; tests give a clock that
 * they turn by hand. Immutable after creation, safe from any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	int64_t	(*millis)(void *arg);	/* milliseconds since the epoch */
	void	*arg;
};

/* The system's clock (CLOCK_REALTIME). It may jump either way. */
struct clock clock_system(void);

/* Milliseconds, or whole seconds, since the epoch on this clock. */
int64_t	clock_millis(const struct clock *c);
int64_t	clock_seconds(const struct clock *c);

/* Microseconds of a clock that never jumps, for measuring how long something
 * took. Never an input of a decision. */
int64_t	clock_monotonic_micros(void);

/* The moment so many milliseconds from now, as pthread_cond_timedwait() on a
 * condition with default attributes wants it. */
struct timespec clock_deadline(int millis);

/* Writes "2026-01-02T03:04:05.678Z" (RFC 3339, UTC). */
enum { CLOCK_TEXT_SIZE = 32 };
void	clock_format(int64_t millis, char out[CLOCK_TEXT_SIZE]);

#endif
