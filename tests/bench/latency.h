/* SPDX-License-Identifier: ISC
 * tests/bench/latency.h - how long things took: a histogram whose buckets grow
 * with the value, each 1/LATENCY_STEPS of its power of two.
 *
 * A latency belongs to one thread. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <math.h>
#include <stdint.h>

enum { LATENCY_STEPS = 32, LATENCY_BUCKETS = 40 * LATENCY_STEPS };

struct latency {
	uint64_t	n, longest;	/* nanoseconds */
	uint64_t	bucket[LATENCY_BUCKETS];
};

static inline void
latency_count(struct latency *l, uint64_t ns)
{
	unsigned	shift = 0;
	uint64_t	v = ns;

	for (; v >= 2 * LATENCY_STEPS; v >>= 1)
		shift++;
	if (shift * LATENCY_STEPS + v < LATENCY_BUCKETS)
		l->bucket[shift * LATENCY_STEPS + v]++;
	l->n++;
	if (ns > l->longest)
		l->longest = ns;
}

static inline void
latency_add(struct latency *sum, const struct latency *l)
{
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		sum->bucket[i] += l->bucket[i];
	sum->n += l->n;
	if (l->longest > sum->longest)
		sum->longest = l->longest;
}

/* Microseconds that `part` (0 to 1) of all took at most. */
static inline double
latency_micros(const struct latency *l, double part)
{
	uint64_t	seen = 0;
	unsigned	shift, i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		seen += l->bucket[i];
		if (seen > 0 && (double)seen >= part * (double)l->n)
			break;
	}
	if (i == LATENCY_BUCKETS)
		return (double)l->longest / 1000;
	shift = i < 2 * LATENCY_STEPS ? 0 : i / LATENCY_STEPS - 1;
	return ldexp((double)(i - shift * LATENCY_STEPS) + 0.5, (int)shift) /
	    1000;
}

#endif
