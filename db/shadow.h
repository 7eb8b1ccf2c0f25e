/* SPDX-License-Identifier: ISC
 * db/shadow.h - a store over another one, for a dry run: it reads what the other
 * holds and keeps what is written to itself, until it is closed. */
#ifndef DB_SHADOW_H
#define DB_SHADOW_H

#include "db/store.h"

/*
 * The other one is read and nothing else: it counts no step and no failure, and
 * raises no alarm. It outlives the shadow, to be closed with store_close(). Each
 * record is read by itself, so what others change meanwhile may be seen in part.
 *
 * Owned by one thread. Made for a few records: what it was given is looked
 * through one by one. It cannot be swept or copied. 0; -1 out of memory: e.
 */
int	store_shadow(struct store **out, struct store *of, struct err *e);

#endif
