/* SPDX-License-Identifier: ISC
 * tests/lib/explain_world.h - random settings, and all that a decision might change,
 * as bytes: for tests of dry runs. What fails ends the test. */
#ifndef TESTS_LIB_EXPLAIN_WORLD_H
#define TESTS_LIB_EXPLAIN_WORLD_H

#include "policy/policy.h"
#include "tests/lib/luck.h"

/* Settings of every kind that a decision looks at; list: the path of a file of
 * recipients. To be freed. */
char	*explain_settings(struct luck *l, const char *list);

/* What to look at: crowds of these identities, NULL at the end; who guesses, too,
 * which takes longest. */
struct explain_view {
	const char *const *identities;
	bool		guessers;
	int64_t		now;
};

/* The store's records, byte by byte, what is counted in memory of crowds, of who
 * guesses, of the cache, of entries, of outbound mail, and the alarms. To be freed;
 * *len: how long. */
char	*explain_snapshot(const struct policy *p,
	    const struct explain_view *view, size_t *len);

#endif
