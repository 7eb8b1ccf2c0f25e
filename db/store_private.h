/* SPDX-License-Identifier: ISC
 * db/store_private.h - what store.c and tend.c share: an engine behind its
 * gate, its folder, and what is counted of it. */
#ifndef DB_STORE_PRIVATE_H
#define DB_STORE_PRIVATE_H

#include <stdatomic.h>

#include "db/backend.h"
#include "db/folder.h"
#include "db/gate.h"

/* A walk over all records to correct their count, some at each tending. What
 * changes meanwhile is taken to lie before and behind the walk alike. */
struct recount {
	bool		running;
	struct store_key at;		/* the last one counted */
	uint64_t	counted;
	int64_t		began_with;	/* the count that it corrects */
};

struct store {
	const struct backend *ops;
	void		*engine;	/* NULL: closed after a failure */
	struct gate	*gate;		/* whoever uses the engine is inside */
	struct said	*said;
	struct folder	 folder;	/* path NULL: in memory */
	size_t		 cache_bytes;
	struct alarms	*alarms;
	bool		 quiet;		/* failures are told to the caller alone */
	atomic_int_fast64_t now;	/* of the latest tending */
	atomic_int_fast64_t records;
	atomic_uint_fast64_t steps, failures, reopened;

	/* The housekeeping thread's own. */
	int64_t		 tried_at, delay;	/* of reopening, seconds */
	int64_t		 saved_records;
	uint64_t	 seen_failures;
	struct recount	 recount;
};

/* Opens the engine in the folder that is locked. */
int	store_open_engine(struct store *s, bool may_create, struct err *e);

/* Into the gate, out of it. A status of -1 is counted and raises the alarm. */
int	store_enter(struct store *s, struct err *e);
int	store_leave(struct store *s, int status, const struct err *e);

#endif
