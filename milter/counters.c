/* SPDX-License-Identifier: ISC
 * milter/counters.c - one decision is counted. */
#include "milter/counters.h"

/* From a look into memory to a look-up that took as long as wait-limit lets it. */
static const int64_t limits[COUNTERS_TIMES] = {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, INT64_MAX
};

int64_t
counters_limit(unsigned nth)
{
	return limits[nth];
}

void
counters_decided(struct counters *c, const struct decision *d, int64_t micros,
    int64_t now)
{
	unsigned	nth = 0;

	while (limits[nth] < micros)
		nth++;
	atomic_fetch_add(&c->decisions[d->verdict][d->reason], 1);
	atomic_fetch_add(&c->times[nth], 1);
	atomic_fetch_add(&c->micros,
	    micros > 0 ? (unsigned long long)micros : 0);
	if (d->verdict == VERDICT_PASS && d->reason == REASON_STORE_ERROR)
		atomic_store(&c->blind, now);
}
