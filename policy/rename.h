/* SPDX-License-Identifier: ISC
 * policy/rename.h - the state of an installation that begins to use pseudonyms: the
 * records that have local parts get their pseudonyms, so that nobody waits again. */
#ifndef POLICY_RENAME_H
#define POLICY_RENAME_H

#include "base/pseudonym.h"
#include "db/store.h"

/*
 * Before anybody else works on the store. Each record is moved in one step, and a
 * second run goes on where one was killed; once all are done that is remembered,
 * and looked at no more. p NULL: pseudonyms are not used; what has them keeps them.
 * 0; -1 the store failed, or memory is out: e.
 */
struct renamed {
	uint64_t	n;		/* records that were moved */
	bool		other_key;	/* there are pseudonyms of another key */
};
int	rename_state(struct store *s, const struct pseudonyms *p, int64_t now,
	    struct renamed *out, struct err *e);

#endif
