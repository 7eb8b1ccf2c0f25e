/* SPDX-License-Identifier: ISC
 * tests/bench/workload.h - which mail session number n brings.
 *
 * Pure functions; any thread. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "tests/bench/world.h"

enum {
	RCPTS_MAX = 64,
	RETRY_AFTER = 206	/* sessions between an attempt and its retry */
};

enum workload_kind { WORKLOAD_NEW, WORKLOAD_KNOWN, WORKLOAD_MIX };

struct workload {
	enum workload_kind kind;
	unsigned	 rcpts;		/* of a mail, up to RCPTS_MAX */
	uint64_t	 seed;
	uint64_t	 known;		/* how many clients seed.c has proven */
	uint64_t	 first;		/* number of the first session */
};

struct mail {
	struct world_client client;
	char		sender[96];
	char		rcpt[RCPTS_MAX][96];
	bool		passes;		/* what Greygate ought to say */
};

static inline void
workload_rcpts(struct mail *m, uint64_t r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		world_rcpt(r, i, m->rcpt[i], sizeof(m->rcpt[i]));
}

static inline void
workload_new(const struct workload *w, uint64_t n, struct mail *m)
{
	world_client(w->seed, n, &m->client);
	world_sender(w->seed, n, 0, m->sender, sizeof(m->sender));
	workload_rcpts(m, world_mix(w->seed ^ 1, n), w->rcpts);
	m->passes = false;
}

/* A client that seed.c has proven; half of its mail has been seen before. */
static inline void
workload_known(const struct workload *w, uint64_t n, struct mail *m)
{
	uint64_t	r = world_mix(w->seed ^ 2, n), k = r % w->known;
	uint64_t	which = r >> 40;

	world_client(0, k, &m->client);
	which %= 2 * WORLD_TRIPLETS;
	world_sender(0, k, which, m->sender, sizeof(m->sender));
	workload_rcpts(m, k + which, w->rcpts);
	m->passes = true;
}

/* Of ten sessions seven are strangers, two are known, one is the retry of a
 * stranger seen RETRY_AFTER sessions earlier; with no known clients at hand
 * three are retries, each of a stranger not yet retried. */
static inline void
workload_mix(const struct workload *w, uint64_t n, struct mail *m)
{
	unsigned	digit = n % 10;

	if (digit < 7 || n < w->first + RETRY_AFTER)
		workload_new(w, n, m);
	else if (digit < 9 && w->known > 0)
		workload_known(w, n, m);
	else {
		workload_new(w, n - RETRY_AFTER, m);
		m->passes = true;
	}
}

static inline void
workload_mail(const struct workload *w, uint64_t n, struct mail *m)
{
	switch (w->kind) {
	case WORKLOAD_NEW:
		workload_new(w, n, m);
		break;
	case WORKLOAD_KNOWN:
		workload_known(w, n, m);
		break;
	case WORKLOAD_MIX:
		workload_mix(w, n, m);
		break;
	}
}

#endif
