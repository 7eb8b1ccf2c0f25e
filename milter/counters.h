/* SPDX-License-Identifier: ISC
 * milter/counters.h - how often what happened since the start. Any thread. */
#ifndef MILTER_COUNTERS_H
#define MILTER_COUNTERS_H

#include <stdatomic.h>

#include "policy/reason.h"

struct counters {
	atomic_ullong	connections;	/* sessions begun */
	atomic_ullong	open;		/* sessions open now */
	atomic_ullong	messages;	/* MAIL FROM seen */
	atomic_ullong	decisions[3][REASONS];	/* by verdict and reason */
};

#endif
