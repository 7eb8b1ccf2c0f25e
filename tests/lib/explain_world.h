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

/*
 * The store's records, byte by byte, what is counted in memory of crowds (of these
 * identities, NULL at the end), of who guesses, of the cache, of entries, of outbound
 * mail, and the alarms. To be freed; *len: how long.
 */
char	*explain_snapshot(const struct policy *p,
	    const char *const *identities, int64_t now, size_t *len);

#endif
