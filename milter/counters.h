/* SPDX-License-Identifier: ISC
 * milter/counters.h - how often what happened since the start. Any thread. */
#ifndef MILTER_COUNTERS_H
#define MILTER_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "policy/attempt.h"

enum { COUNTERS_TIMES = 16 };

struct counters {
	atomic_ullong	connections;	/* sessions begun */
	atomic_ullong	open;		/* sessions open now */
	atomic_ullong	messages;	/* MAIL FROM seen */
	atomic_ullong	decisions[3][REASONS];	/* by verdict and reason */
	atomic_ullong	times[COUNTERS_TIMES];	/* decisions by how long they
						 * took; see counters.c */
	atomic_ullong	micros;		/* that all of them took */
	atomic_llong	blind;		/* when the latest passed by on-error;
					 * seconds, 0: none */
};

/* One decision more. now: seconds. */
void	counters_decided(struct counters *c, const struct decision *d,
	    int64_t micros, int64_t now);

/* The upper limit of times[nth] in microseconds; the last: INT64_MAX. */
int64_t	counters_limit(unsigned nth);

#endif
