/* SPDX-License-Identifier: ISC
 * db/backend.h - for authors of engines: what store.c asks of one.
 *
 * Users of the store never see this. store.c checks arguments, lets in at most
 * BACKEND_INSIDE threads at once, counts records and failures, holds the state
 * folder's lock, raises the alarm, and closes and reopens an engine that says
 * it is broken; an engine knows only its records. A new one is a file with a
 * table of these functions and a row in store.c.
 *
 * All but open and close may be called from several threads at once. What can
 * fail: 0 (or the answer) and -1 with a sentence, which then changed nothing.
 */
#ifndef DB_BACKEND_H
#define DB_BACKEND_H

#include "db/said.h"
#include "db/store.h"

enum { BACKEND_INSIDE = 16 };

struct backend_conf {
	const char	*path;		/* NULL: in memory */
	size_t		 cache_bytes;
	struct said	*said;		/* for the library's words */
	bool		 create;	/* the folder is new: make what is missing */
};

/* Which records a read wants: from a key on, or after it, as long as their
 * first `prefix` bytes are those of the key. */
struct backend_range {
	struct store_key	from;	/* len 0: from the first */
	bool			after;
	size_t			prefix;
};

/* A step in an engine's hands. */
struct backend_step {
	struct store_item	*items;		/* as the caller ordered them */
	size_t			 n;
	store_fn		 fn;
	void			*arg;
	uint8_t			 order[STORE_STEP_MAX];	/* of their keys */
};

/* A count of the records that outlives the process. */
struct backend_count {
	uint64_t	records;
	bool		exact;		/* saved at a clean end */
};

struct backend {
	const char	*name;		/* as in store_stats */

	int	(*open)(void **out, const struct backend_conf *conf,
		    struct err *e);

	/* clean: everything is written and in order, so that the next open
	 * has nothing to mend. Otherwise: lets go, and writes to no file by
	 * its name, since that may be somebody else's by now. */
	void	(*close)(void **b, bool clean);

	/* store_step(): everything that it promises. */
	int	(*step)(void *b, struct backend_step *s, struct err *e);

	/* Up to `max` records of a range into items: how many, or -1. */
	int	(*read)(void *b, const struct backend_range *range,
		    struct store_item *items, int max, struct err *e);

	/* Drops up to `limit` records of the span, the earliest first, in one
	 * transaction of bounded size. 1 there may be more; 0 there is not;
	 * -1. */
	int	(*expire)(void *b, struct store_span span, size_t limit,
		    size_t *dropped, struct err *e);

	int	(*flush)(void *b, struct err *e);

	/* Once a second, by one thread: checkpoints and the like. */
	int	(*tend)(void *b, struct err *e);

	int	(*save_count)(void *b, const struct backend_count *count,
		    struct err *e);
	int	(*load_count)(void *b, struct backend_count *count,
		    struct err *e);

	/* A copy into an existing empty folder, ready to be opened. */
	int	(*backup)(void *b, const char *folder, struct err *e);

	/* Whether it can only be closed and opened again. */
	bool	(*is_broken)(void *b);
};

extern const struct backend	backend_memory, backend_bdb;

#endif
