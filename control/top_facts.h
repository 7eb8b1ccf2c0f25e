/* SPDX-License-Identifier: ISC
 * control/top_facts.h - what greyctl top shows: asked of the daemon and read from
 * the journal, and the difference to what it was. Owned by one thread. */
#ifndef CONTROL_TOP_FACTS_H
#define CONTROL_TOP_FACTS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "control/ctl_tail.h"
#include "policy/reason.h"

enum { TOP_SAMPLES = 64, TOP_LINES = 200 };

/* How often what was decided. */
struct top_counts {
	uint64_t	n[VERDICT_REJECT + 1][REASONS];
};

struct top_facts {
	struct json	*status;	/* NULL: the daemon does not answer */
	struct json	*hours;		/* tally: the hour before and this one */
	struct top_counts total, minute, hour, before;
	struct tail	 lines;		/* of the journal, the newest last */
	struct err	 trouble;	/* no status: why; else of the journal */
	double		 seconds;	/* between the latest two; 0: no rate */
	struct top_counts second;	/* what came in these */

	/* The samples of the last minute, the newest at n - 1. */
	struct {
		int64_t		 micros;
		struct top_counts counts;
	} samples[TOP_SAMPLES];
	unsigned	 n;
};

/* A new one is all zero. Asks anew; `now`: seconds; micros: of a clock that never
 * jumps. 0; -1: the daemon does not answer: trouble, *code greyctl's exit. */
int	top_facts_ask(struct top_facts *f, const char *socket, int64_t now,
	    int64_t micros, int *code);
void	top_facts_free(struct top_facts *f);

#endif
