/* SPDX-License-Identifier: ISC
 * tests/lib/luck.h - numbers that look random and are the same in every run. */
#ifndef TESTS_LIB_LUCK_H
#define TESTS_LIB_LUCK_H

#include <stdbool.h>
#include <stdint.h>

/* Not 0. */
struct luck {
	uint64_t	state;
};

static inline unsigned
luck_below(struct luck *l, unsigned n)
{
	l->state ^= l->state << 13;
	l->state ^= l->state >> 7;
	l->state ^= l->state << 17;
	return (unsigned)(l->state >> 20) % n;
}

static inline bool
luck_one_in(struct luck *l, unsigned n)
{
	return luck_below(l, n) == 0;
}

#endif
